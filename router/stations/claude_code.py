"""Claude Code as a station: how it is started, and what its `stream-json` says. Facts: wire.md 1.5."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from codergen.sandbox.base import ExecResult, Mount
from providers.types import Usage
from router.stations.vendor_cli import foreign
from router.stations.vendor_cli.outcome import SCHEMA
from router.stations.vendor_cli.reading import Reading
from router.stations.vendor_cli.steps import (
    Answered,
    Called,
    Denied,
    Ended,
    EndKind,
    Retried,
    Said,
    Started,
    Step,
    ToolKind,
)
from router.stations.vendor_cli.vendor import ROOT, Launch, Order
from router.stations.vendor_cli.way_out import BASE_URL

TOOLS: Mapping[str, str] = {"read": "Read", "write": "Write", "edit": "Edit", "shell": "Bash"}
"""Packet's tool -> the vendor's. A `check` is a command, so it comes with the shell."""
RETRIES = 3
"""Of one call. Its own default keeps at it for three minutes, also on a refused key."""
_KINDS: Mapping[str, ToolKind] = {"Read": "read", "Write": "edit", "Edit": "edit", "Bash": "shell"}
_RAN = "Exit code"
"""Begins the result of a command that ran and failed."""
_LIMITS: Mapping[str, EndKind] = {"error_max_turns": "turns", "error_max_budget_usd": "budget"}


@dataclass(frozen=True, slots=True)
class ClaudeCode:
    """`Vendor` for `@anthropic-ai/claude-code`: one native file."""

    name: str = "claude-code"
    api: str = "anthropic_messages"
    program: str = "claude"
    package: str = "@anthropic-ai/claude-code"
    key: str = "ANTHROPIC_API_KEY"
    structured: bool = True
    silence_s: float | None = 330.0

    def locate(self, found: Path) -> Path | None:
        """The launcher of npm is a link to the native file, or to a script beside the package that holds it."""
        patterns = (f"{self.package}/bin/claude.exe", f"{self.package}-linux-*/claude")
        return foreign.native(found) or foreign.installed(found, patterns)

    def mounts(self, binary: Path) -> tuple[Mount, ...]:
        return (Mount(source=binary, target=f"{ROOT}/claude"),)

    def refusal(self, allowed: frozenset[str]) -> str:
        return "" if allowed & TOOLS.keys() else "it has no tool that the packet allows"

    def launch(self, order: Order) -> Launch:
        tools = ",".join(name for ours, name in TOOLS.items() if ours in order.allowed)
        budget = () if order.usd is None else ("--max-budget-usd", str(order.usd))
        model = ("--model", order.model) if order.model else ()
        return Launch(
            argv=(
                f"{ROOT}/claude", "--print", "--output-format", "stream-json", "--verbose",
                "--include-partial-messages", "--dangerously-skip-permissions", "--no-session-persistence",
                "--strict-mcp-config", "--settings", json.dumps({"disableAllHooks": True}),
                "--tools", tools, "--max-turns", str(order.turns), *budget, *model,
                "--json-schema", json.dumps(SCHEMA), "--", order.prompt,
            ),
            env={
                "ANTHROPIC_BASE_URL": BASE_URL,
                "ANTHROPIC_API_KEY": order.placeholder,
                "CLAUDE_CODE_MAX_RETRIES": str(RETRIES),
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "DISABLE_AUTOUPDATER": "1",
                "DISABLE_TELEMETRY": "1",
            },
        )  # fmt: skip

    def version_argv(self, binary: Path) -> tuple[str, ...]:
        return (str(binary), "--version")

    def reader(self, inside: str) -> "ClaudeReader":
        return ClaudeReader(inside=inside)

    def set_up_wrongly(self, reading: Reading, run: ExecResult) -> str:
        """Its own sandbox within ours ends every command with the same words."""
        return foreign.always_failing(reading)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeReader:
    """Every record is whole in itself, so there is nothing to remember."""

    inside: str

    def read(self, record: Mapping[str, Any]) -> Sequence[Step]:
        match record.get("type"):
            case "system":
                return tuple(_system(record))
            case "assistant" if not record.get("is_api_error_message"):
                return tuple(_assistant(foreign.table(record, "message")))
            case "user":
                return tuple(self._user(record))
            case "result":
                return tuple(_result(record))
            case _:
                return ()

    def _user(self, record: Mapping[str, Any]) -> Iterator[Step]:
        said = foreign.table(record, "tool_use_result")
        for block in foreign.tables(foreign.table(record, "message"), "content"):
            if block.get("type") != "tool_result":
                continue
            wrong = bool(block.get("is_error"))
            path = str(said.get("filePath") or "") if "structuredPatch" in said and not wrong else ""
            text = _text(block.get("content"))
            yield Answered(
                id=str(block.get("tool_use_id")),
                content=text,
                is_error=wrong,
                ran=not wrong or text.startswith(_RAN),
                files=(foreign.relative(path, self.inside),) if path else (),
                details={"patch": said["structuredPatch"]} if path else {},
            )


def _system(record: Mapping[str, Any]) -> Iterator[Step]:
    match record.get("subtype"):
        case "init":
            tools = tuple(str(name) for name in record.get("tools") or ())
            yield Started(session=str(record.get("session_id")), model=str(record.get("model") or ""), tools=tools)
        case "permission_denied":
            yield Denied(
                id=str(record.get("tool_use_id")),
                tool=str(record.get("tool_name")),
                why=str(record.get("message") or ""),
            )
        case "api_retry":
            yield Retried(
                why=str(record.get("error")),
                status=foreign.whole(record.get("error_status")),
                attempt=foreign.whole(record.get("attempt")) or 0,
                wait=(foreign.whole(record.get("retry_delay_ms")) or 0) / 1000,
            )
        case _:
            pass


def _assistant(message: Mapping[str, Any]) -> Iterator[Step]:
    for block in foreign.tables(message, "content"):
        if block.get("type") == "text" and str(block.get("text", "")).strip():
            yield Said(text=str(block["text"]))
        elif block.get("type") == "tool_use":
            name = str(block.get("name"))
            yield Called(
                id=str(block.get("id")),
                name=name,
                kind=_KINDS.get(name, "other"),
                arguments=foreign.table(block, "input"),
            )


def _result(record: Mapping[str, Any]) -> Iterator[Step]:
    """`subtype` is "success" for failed calls of the service too: `is_error` tells. An answer that never fitted the
    schema is the model's failing, not the tool's."""
    for denial in foreign.tables(record, "permission_denials"):
        yield Denied(id=str(denial.get("tool_use_id")), tool=str(denial.get("tool_name")))
    subtype = str(record.get("subtype"))
    kind: EndKind = "failed" if record.get("is_error") and "structured_output" not in subtype else "finished"
    told = "; ".join(str(error) for error in record.get("errors") or ())
    price = record.get("total_cost_usd")
    yield Ended(
        kind=_LIMITS.get(subtype, kind),
        text=str(record.get("result") or told),
        status=foreign.whole(record.get("api_error_status")),
        output=foreign.table(record, "structured_output") or None,
        usage=_usage(foreign.table(record, "usage")),
        cost_usd=None if price is None else Decimal(str(price)),
    )


def _usage(counts: Mapping[str, Any]) -> Usage:
    def count(name: str) -> int:
        return foreign.whole(counts.get(name)) or 0

    long = foreign.whole(foreign.table(counts, "cache_creation").get("ephemeral_1h_input_tokens")) or 0
    return Usage(
        input=count("input_tokens"),
        cache_read=count("cache_read_input_tokens"),
        cache_write=max(0, count("cache_creation_input_tokens") - long),
        cache_write_1h=long,
        output=count("output_tokens"),
        reasoning=foreign.whole(foreign.table(counts, "output_tokens_details").get("thinking_tokens")) or 0,
    )


def _text(content: object) -> str:
    """A result is a string or a list of blocks."""
    if isinstance(content, str):
        return content
    return "\n".join(str(block.get("text", f"[{block.get('type')}]")) for block in foreign.tables({"c": content}, "c"))
