"""Codex's sessions: `$CODEX_HOME/sessions/YYYY/MM/DD/rollout-TIME-ID.jsonl`. Seen in 0.169.0; not seen but assumed:
the lines on compaction and rollback."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from codergen.sessions.foreign.steps import Answered, Asked, Called, Found, Object, Said, Step, joined, objects

_OWN = (
    "<environment_context>", "<user_instructions>", "<permissions", "<turn_aborted>", "<skill", "<multi_agent",
    "# AGENTS.md instructions",
)  # fmt: skip
"""Texts in the user's place that the tool wrote."""


def files(home: Path, environ: Mapping[str, str]) -> tuple[Path, ...]:
    root = Path(environ.get("CODEX_HOME") or home / ".codex")
    return tuple(sorted(root.glob("sessions/**/rollout-*.jsonl")))


def matches(path: Path, which: str) -> bool:
    """The id is the last 36 characters of the name."""
    return path.stem[-36:].startswith(which)


def read(path: Path) -> Found:
    lines = objects(path)
    metas = [cast("Object", line["payload"]) for line in lines if line["type"] == "session_meta"]
    meta = metas[0]
    models = [str(line["payload"]["model"]) for line in lines if line["type"] == "turn_context"]
    return Found(
        tool="codex",
        id=str(meta["id"]),
        steps=tuple(_steps(lines)),
        workspace=str(meta.get("cwd", "")),
        model=models[-1] if models else "",
        version=str(meta.get("cli_version", "")),
    )


def _steps(lines: list[Object]) -> list[Step]:
    steps: list[Step] = []
    for line in lines:
        payload = cast("Object", line.get("payload") or {})
        match line["type"], payload.get("type"):
            case "response_item", _:
                steps += _item(payload)
            case "compacted", _:
                items = cast("list[Object]", payload.get("replacement_history") or [])
                steps = [step for item in items for step in _item(item)]
                if not steps and payload.get("message"):
                    steps = [Asked(text=str(payload["message"]))]
            case "event_msg", "thread_rolled_back":
                for _ in range(int(payload["num_turns"])):
                    steps = steps[: max((n for n, step in enumerate(steps) if isinstance(step, Asked)), default=0)]
            case _:
                pass
    return steps


def _item(item: Object) -> Iterator[Step]:
    match item["type"]:
        case "message" if item["role"] == "user":
            if _persons(item) and (text := joined(item["content"]).strip()):
                yield Asked(text=text)
        case "message" if item["role"] == "assistant":
            if text := joined(item["content"]).strip():
                yield Said(text=text)
        case "function_call":
            yield Called(id=item["call_id"], name=item["name"], arguments=item["arguments"] or "{}")
        case "custom_tool_call":
            yield Called(id=item["call_id"], name=item["name"], arguments=json.dumps({"input": item["input"]}))
        case "local_shell_call":
            yield Called(id=item["call_id"], name="local_shell", arguments=json.dumps(item["action"]))
        case "function_call_output" | "custom_tool_call_output":
            output = item["output"]
            content = cast("Object", output).get("content", "") if isinstance(output, Mapping) else output
            yield Answered(id=item["call_id"], content=joined(content))
        case _:
            pass


def _persons(item: Object) -> bool:
    """What a person wrote: newer versions say so, older ones show it by their tags."""
    passed = cast("Object", item.get("internal_chat_message_metadata_passthrough") or {})
    if kinds := cast("list[str]", passed.get("content_item_kinds") or []):
        return any(kind.startswith("user.") for kind in kinds)
    return not joined(item["content"]).lstrip().startswith(_OWN)
