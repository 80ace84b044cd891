"""Claude Code's sessions: `~/.claude/projects/SLUG/ID.jsonl`. Seen in 2.1.330.

Each line names the one it follows; retries and rewinds make branches, of which the newest counts. Results of calls that
ran side by side hang on their calls, beside the branch.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from codergen.sessions.foreign.steps import Answered, Asked, Called, Found, Object, Said, Step, joined, objects

_OWN = ("<system-reminder>", "<command-", "<local-command-", "<bash-input>", "<bash-stdout>", "<user-memory-input>")
"""Texts in the user's place that the tool wrote."""


def files(home: Path, environ: Mapping[str, str]) -> tuple[Path, ...]:
    root = Path(environ.get("CLAUDE_CONFIG_DIR") or home / ".claude")
    return tuple(sorted(root.glob("projects/*/*.jsonl")))


def matches(path: Path, which: str) -> bool:
    return path.stem.startswith(which)


def read(path: Path) -> Found:
    lines = objects(path)
    branch = _branch(lines)
    first: Object = branch[0] if branch else dict[str, Any]()
    models = [str(line["message"]["model"]) for line in branch if line.get("type") == "assistant"]
    return Found(
        tool="claude-code",
        id=str(first.get("sessionId", path.stem)),
        steps=tuple(_steps(branch, _results(lines))),
        workspace=str(first.get("cwd", "")),
        model=models[-1] if models else "",
        version=str(first.get("version", "")),
    )


def _branch(lines: list[Object]) -> list[Object]:
    """From the first line to the newest one that says something, by what each follows."""
    by_id = {str(line["uuid"]): line for line in lines if "uuid" in line and not line.get("isSidechain")}
    said = [line for line in by_id.values() if line.get("type") in {"user", "assistant"}]
    at = said[-1] if said else None
    branch: list[Object] = []
    while at is not None and len(branch) <= len(by_id):
        branch.append(at)
        at = by_id.get(str(at.get("parentUuid")))
    return branch[::-1]


def _results(lines: list[Object]) -> dict[str, Answered]:
    """By the id of their call, wherever they stand."""
    found: dict[str, Answered] = {}
    for line in lines:
        content = line["message"]["content"] if line.get("type") == "user" else None
        for part in cast("list[Object]", content) if isinstance(content, list) else ():
            if part.get("type") == "tool_result":
                id = str(part["tool_use_id"])
                found[id] = Answered(id=id, content=joined(part.get("content")), is_error=part.get("is_error"))
    return found


def _steps(branch: list[Object], results: Mapping[str, Answered]) -> Iterator[Step]:
    pending: list[Answered] = []
    message = ""
    for line in branch:
        kind = line.get("type")
        if kind == "user" and not line.get("isMeta"):
            yield from pending
            pending = []
            if text := _asked(line["message"]["content"]):
                yield Asked(text=text)
        elif kind == "assistant":
            if line["message"].get("id") != message:
                yield from pending
                pending = []
            message = line["message"].get("id")
            for part in cast("list[Object]", line["message"]["content"]):
                if part["type"] == "text" and part["text"].strip():
                    yield Said(text=part["text"])
                elif part["type"] == "tool_use":
                    yield Called(id=part["id"], name=part["name"], arguments=json.dumps(part["input"]))
                    pending += [results[part["id"]]] if part["id"] in results else []
    yield from pending


def _asked(content: Any) -> str:  # noqa: ANN401  # any JSON value
    """What a person wrote, without what the tool put beside it."""
    parts = [content] if isinstance(content, str) else [p["text"] for p in content if p["type"] == "text"]
    return "\n\n".join(part for part in parts if part.strip() and not part.lstrip().startswith(_OWN))
