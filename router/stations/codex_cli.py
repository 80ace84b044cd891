"""Codex CLI as a station: how it is started, and what `exec --json` says. Facts: wire.md 2.7."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codergen.sandbox.base import ExecResult, Mount
from codergen.sandbox.policy import HOME
from providers.types import Usage
from router.stations.vendor_cli import foreign
from router.stations.vendor_cli.outcome import SCHEMA
from router.stations.vendor_cli.reading import Reading
from router.stations.vendor_cli.steps import Answered, Called, Ended, Retried, Said, Started, Step, Warned
from router.stations.vendor_cli.vendor import ROOT, Launch, Order
from router.stations.vendor_cli.way_out import BASE_URL

NEEDS = frozenset({"read", "write", "edit", "shell"})
"""It reads by shell commands and always has `apply_patch`: no switch takes one of them away."""
RETRIES = 2
"""Of one request, and of one stream. Its own default is five of each, 25 s on a dead gateway."""
_NO_CODE_MODE = "Code Mode is unavailable"
_ALWAYS = "dangerously-bypass-approvals-and-sandbox"
_SCHEMA_FILE = ".codex/report.schema.json"
_CONFIG = f"""\
model_provider = "gateway"
check_for_update_on_startup = false
web_search = "disabled"

[analytics]
enabled = false

[features]
plugins = false
goals = false

[agents]
enabled = false

[model_providers.gateway]
name = "gateway"
base_url = "{BASE_URL}/v1"
env_key = "GATEWAY_KEY"
wire_api = "responses"
request_max_retries = {RETRIES}
stream_max_retries = {RETRIES}
"""
"""`analytics` left on costs 5 s at the end of every run, `plugins` asks a code host. What the vendor would search the
web for on its side would be a way out of the sandbox."""


@dataclass(frozen=True, slots=True)
class CodexCli:
    """`Vendor` for `@openai/codex`: a native file with helpers beside it."""

    name: str = "codex-cli"
    api: str = "openai_responses"
    program: str = "codex"
    package: str = "@openai/codex"
    key: str = "OPENAI_API_KEY"
    structured: bool = True
    silence_s: float | None = None

    def locate(self, found: Path) -> Path | None:
        """The launcher of npm is a script; the native file lies in a package of its own for each platform."""
        own = f"{self.package}-linux-*/vendor/*/bin/codex"
        return foreign.native(found) or foreign.installed(found, (own, f"{self.package}/node_modules/{own}"))

    def mounts(self, binary: Path) -> tuple[Mount, ...]:
        """The folder where it brings helpers along, since one model family works through one of them; else the file."""
        if (binary.parent / "codex-code-mode-host").exists():
            return (Mount(source=binary.parent.parent, target=ROOT),)
        return (Mount(source=binary, target=f"{ROOT}/bin/codex"),)

    def refusal(self, allowed: frozenset[str]) -> str:
        lacking = ", ".join(sorted(NEEDS - allowed))
        return f"it cannot be kept from tools that the packet does not allow: {lacking}" if lacking else ""

    def launch(self, order: Order) -> Launch:
        model = ("--model", order.model) if order.model else ()
        return Launch(
            argv=(
                f"{ROOT}/bin/codex", "exec", "--json", f"--{_ALWAYS}", "--skip-git-repo-check", "--ephemeral",
                "--output-schema", f"{HOME}/{_SCHEMA_FILE}", *model, "--", order.prompt,
            ),
            env={"GATEWAY_KEY": order.placeholder},
            path=(f"{ROOT}/codex-path",),
            home={".codex/config.toml": _CONFIG.encode(), _SCHEMA_FILE: json.dumps(SCHEMA).encode()},
        )  # fmt: skip

    def version_argv(self, binary: Path) -> tuple[str, ...]:
        return (str(binary), "--version")

    def reader(self, inside: str) -> "CodexReader":
        return CodexReader(inside=inside)

    def set_up_wrongly(self, reading: Reading, run: ExecResult) -> str:
        told = (*reading.warnings, reading.text, run.stderr.decode("utf-8", "replace"))
        told = (*told, *(answer.content for _, answer in reading.done))
        if any(_NO_CODE_MODE in text for text in told):
            return "its code mode host cannot be started"
        return foreign.always_failing(reading)


@dataclass(slots=True, kw_only=True)
class CodexReader:
    """Items begin and are completed; some are only completed."""

    inside: str
    _begun: set[str] = field(default_factory=set[str])

    def read(self, record: Mapping[str, Any]) -> Sequence[Step]:
        match record.get("type"):
            case "thread.started":
                return (Started(session=str(record.get("thread_id"))),)
            case "item.started":
                return tuple(self._begin(foreign.table(record, "item")))
            case "item.completed":
                return tuple(self._complete(foreign.table(record, "item")))
            case "error":
                return (Retried(why=str(record.get("message"))),)
            case "turn.completed":
                return (Ended(kind="finished", usage=_usage(foreign.table(record, "usage"))),)
            case "turn.failed":
                return (Ended(kind="failed", text=str(foreign.table(record, "error").get("message") or "")),)
            case _:
                return ()

    def _begin(self, item: Mapping[str, Any]) -> Iterator[Step]:
        id = str(item.get("id"))
        if id in self._begun or item.get("type") not in {"command_execution", "file_change"}:
            return
        self._begun.add(id)
        if item.get("type") == "command_execution":
            command = {"command": str(item.get("command"))}
            yield Called(id=id, name="exec_command", kind="shell", arguments=command)
        else:
            paths = {"path": ", ".join(self._paths(item))}
            yield Called(id=id, name="apply_patch", kind="edit", arguments=paths)

    def _complete(self, item: Mapping[str, Any]) -> Iterator[Step]:
        yield from self._begin(item)
        id, wrong = str(item.get("id")), item.get("status") != "completed"
        match item.get("type"):
            case "command_execution":
                code = item.get("exit_code")
                text = str(item.get("aggregated_output") or "")
                yield Answered(
                    id=id,
                    content=text,
                    is_error=wrong or code != 0,
                    ran=code is not None,
                    details={"exit_code": code},
                )
            case "file_change":
                files = () if wrong else self._paths(item)
                yield Answered(id=id, content=str(item.get("status")), is_error=wrong, files=files)
            case "agent_message":
                yield Said(text=str(item.get("text") or ""))
            case "error":
                yield Warned(text=str(item.get("message") or ""))
            case _:
                pass

    def _paths(self, item: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(
            foreign.relative(str(change.get("path")), self.inside) for change in foreign.tables(item, "changes")
        )


def _usage(counts: Mapping[str, Any]) -> Usage:
    """Its input includes what was cached, and its output the reasoning."""

    def count(name: str) -> int:
        return foreign.whole(counts.get(name)) or 0

    cached, written = count("cached_input_tokens"), count("cache_write_input_tokens")
    return Usage(
        input=max(0, count("input_tokens") - cached - written),
        cache_read=cached,
        cache_write=written,
        output=count("output_tokens"),
        reasoning=count("reasoning_output_tokens"),
    )
