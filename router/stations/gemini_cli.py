"""Gemini CLI as a station: how it is started, and what its `stream-json` says. Facts: wire.md 3.5."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codergen.sandbox.base import ExecResult, Mount
from codergen.sandbox.policy import HOME
from providers.types import Usage
from router.stations.vendor_cli import foreign
from router.stations.vendor_cli.reading import Reading
from router.stations.vendor_cli.steps import Answered, Called, Ended, EndKind, Said, Started, Step, ToolKind
from router.stations.vendor_cli.vendor import ROOT, Launch, Order
from router.stations.vendor_cli.way_out import BASE_URL

TOOLS: Mapping[str, tuple[str, ...]] = {
    "read": ("read_file", "list_directory", "grep_search", "glob"),
    "write": ("write_file",),
    "edit": ("replace",),
    "shell": ("run_shell_command",),
}
"""Packet's tool -> the vendor's. Left out: web tools (the vendor would go out for them), sub-agents, plans, memory."""
ATTEMPTS = 3
"""Of one request. Its own default keeps at it for nearly four minutes."""
DEFAULT_MODEL = "gemini-3.1-pro-preview"
"""Its own default asks another model first which one to take."""
_OURS: Mapping[str, ToolKind] = {"read": "read", "write": "edit", "edit": "edit", "shell": "shell"}
_KINDS: Mapping[str, ToolKind] = {name: _OURS[ours] for ours, names in TOOLS.items() for name in names}
_SETTINGS_FILE = ".gemini/settings.json"
_POLICY_FILE = ".gemini/allowed.toml"
_TURN_LIMIT = "FatalTurnLimitedError"
"""Type of the error when `maxSessionTurns` is reached."""


@dataclass(frozen=True, slots=True)
class GeminiCli:
    """`Vendor` for `@google/gemini-cli`: a script bundle that needs node."""

    node: Path
    """As it is found outside; one that does not come with the system is shown inside too."""
    name: str = "gemini-cli"
    api: str = "gemini_generate"
    program: str = "gemini"
    package: str = "@google/gemini-cli"
    key: str = "GEMINI_API_KEY"
    structured: bool = False
    silence_s: float | None = 330.0

    def locate(self, found: Path) -> Path | None:
        return foreign.installed(found, (f"{self.package}/bundle/gemini.js",))

    def mounts(self, binary: Path) -> tuple[Mount, ...]:
        return (Mount(source=binary.parent, target=f"{ROOT}/gemini/bundle"), *self._node_mounts())

    def refusal(self, allowed: frozenset[str]) -> str:
        return "" if allowed & TOOLS.keys() else "it has no tool that the packet allows"

    def launch(self, order: Order) -> Launch:
        tools = [name for ours, names in TOOLS.items() if ours in order.allowed for name in names]
        settings = {
            "security": {"auth": {"selectedType": "gemini-api-key"}},
            "privacy": {"usageStatisticsEnabled": False},
            "general": {"enableAutoUpdate": False, "maxAttempts": ATTEMPTS, "retryFetchErrors": False},
            "tools": {"core": tools},
            "model": {"maxSessionTurns": order.turns, "disableLoopDetection": True},
            "hooksConfig": {"enabled": False},
        }
        return Launch(
            argv=(
                str(self.node), f"{ROOT}/gemini/bundle/gemini.js", "--output-format", "stream-json", "--yolo",
                "--allowed-mcp-server-names", "none", "--admin-policy", f"{HOME}/{_POLICY_FILE}",
                "--model", order.model or DEFAULT_MODEL, f"--prompt={order.prompt}",
            ),
            env={
                "GOOGLE_GEMINI_BASE_URL": BASE_URL,
                "GEMINI_API_KEY": order.placeholder,
                "GEMINI_CLI_TRUST_WORKSPACE": "true",
                "GEMINI_CLI_NO_RELAUNCH": "true",
                "GEMINI_TELEMETRY_ENABLED": "false",
            },
            home={_SETTINGS_FILE: json.dumps(settings).encode(), _POLICY_FILE: _policy(tools).encode()},
        )  # fmt: skip

    def version_argv(self, binary: Path) -> tuple[str, ...]:
        return (str(self.node), str(binary), "--version")

    def reader(self, inside: str) -> "GeminiReader":
        return GeminiReader(inside=inside)

    def set_up_wrongly(self, reading: Reading, run: ExecResult) -> str:
        return foreign.always_failing(reading)

    def _node_mounts(self) -> tuple[Mount, ...]:
        if self.node.is_relative_to("/usr"):
            return ()
        return tuple(Mount(source=folder) for folder in dict.fromkeys((self.node.parent, self.node.resolve().parent)))


def _policy(tools: Sequence[str]) -> str:
    """Settings of the repository come after those of the home; a policy of the highest tier comes before both."""
    allowed = f'toolName = {json.dumps(list(tools))}\ndecision = "allow"\npriority = 999\nallowRedirection = true'
    return f'[[rule]]\n{allowed}\n\n[[rule]]\ntoolName = "*"\ndecision = "deny"\npriority = 900\n'


@dataclass(slots=True, kw_only=True)
class GeminiReader:
    """Remembers where edits go, since results do not tell."""

    inside: str
    _paths: dict[str, str] = field(default_factory=dict[str, str])

    def read(self, record: Mapping[str, Any]) -> Sequence[Step]:
        match record.get("type"):
            case "init":
                return (Started(session=str(record.get("session_id")), model=str(record.get("model") or "")),)
            case "message" if record.get("role") == "assistant":
                return (Said(text=str(record.get("content") or ""), piece=bool(record.get("delta"))),)
            case "tool_use":
                return (self._call(record),)
            case "tool_result":
                return (self._answer(record),)
            case "result":
                return (_result(record),)
            case _:
                return ()

    def _call(self, record: Mapping[str, Any]) -> Called:
        id, name, given = str(record.get("tool_id")), str(record.get("tool_name")), foreign.table(record, "parameters")
        kind = _KINDS.get(name, "other")
        if kind == "edit" and given.get("file_path"):
            self._paths[id] = foreign.relative(str(given["file_path"]), self.inside)
        return Called(id=id, name=name, kind=kind, arguments=given)

    def _answer(self, record: Mapping[str, Any]) -> Answered:
        """A failing command is "success" here: the stream has no exit codes."""
        id, wrong = str(record.get("tool_id")), record.get("status") != "success"
        told = foreign.table(record, "error").get("message") or record.get("output")
        path = self._paths.get(id)
        files = (path,) if path is not None and not wrong else ()
        return Answered(id=id, content=str(told or ""), is_error=wrong, ran=not wrong, files=files)


def _result(record: Mapping[str, Any]) -> Ended:
    error = foreign.table(record, "error")
    kind: EndKind = "finished" if record.get("status") == "success" else "failed"
    if error.get("type") == _TURN_LIMIT:
        kind = "turns"
    stats = foreign.table(record, "stats")

    def count(name: str) -> int:
        return foreign.whole(stats.get(name)) or 0

    usage = Usage(input=count("input"), cache_read=count("cached"), output=count("output_tokens"))
    return Ended(kind=kind, text=str(error.get("message") or ""), usage=usage if stats else None)
