"""Gemini CLI's sessions: `~/.gemini/tmp/PROJECT/chats/session-TIME-ID.jsonl`. Seen in 0.61.0; not seen but as the code
of that version reads them: rewinds, and the older form that is one JSON document (`.json`)."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from codergen.sessions.foreign.steps import Answered, Asked, Called, Found, Object, Said, Step, joined, objects

_OWN = ("<session_context>", "<session-context>", "<hook_context>", "<state_snapshot>", "This is the Gemini CLI.")
"""Texts in the user's place that the tool wrote."""


def files(home: Path, environ: Mapping[str, str]) -> tuple[Path, ...]:
    root = Path(environ.get("GEMINI_CLI_HOME") or home) / ".gemini" / "tmp"
    return tuple(sorted((*root.glob("*/chats/*.jsonl"), *root.glob("*/chats/*.json"))))


def matches(path: Path, which: str) -> bool:
    """Its name ends with the first eight characters of the id."""
    short = path.stem.rpartition("-")[2]
    return which.startswith(short) or short.startswith(which)


def read(path: Path) -> Found:
    facts, messages = _load(path)
    models = [str(message["model"]) for message in messages if message.get("model")]
    return Found(
        tool="gemini",
        id=str(facts["sessionId"]),
        steps=tuple(step for message in messages for step in _message(message)),
        workspace=_workspace(path),
        model=models[-1] if models else "",
    )


def _load(path: Path) -> tuple[dict[str, Any], list[Object]]:
    """What is said of the session, and its messages: a later line with an id replaces the one before."""
    if path.suffix == ".json":
        whole = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        return whole, cast("list[Object]", whole["messages"])
    facts: dict[str, Any] = {}
    messages: dict[str, Object] = {}
    for line in objects(path):
        if "$rewindTo" in line:
            ids = list(messages)
            kept = ids[: ids.index(line["$rewindTo"])] if line["$rewindTo"] in messages else []
            messages = {id: messages[id] for id in kept}
        elif "id" in line:
            messages[line["id"]] = line
        else:
            told = cast("dict[str, Any]", line.get("$set", line))
            if "messages" in told:
                messages = {message["id"]: message for message in told["messages"]}
            facts |= {name: value for name, value in told.items() if name != "messages"}
    return facts, list(messages.values())


def _message(message: Object) -> Iterator[Step]:
    if message["type"] == "user":
        text = _text(message["content"]).strip()
        if text and not text.startswith(_OWN):
            yield Asked(text=text)
    elif message["type"] == "gemini":
        if text := _text(message.get("content")).strip():
            yield Said(text=text)
        calls = cast("list[Object]", message.get("toolCalls") or [])
        for call in calls:
            yield Called(id=call["id"], name=call["name"], arguments=json.dumps(call["args"]))
        for call in calls:
            if call.get("result"):
                yield Answered(id=call["id"], content=_answer(call["result"]), is_error=call["status"] != "success")


def _text(content: object) -> str:
    """Of parts only those with text: calls and their results stand elsewhere too."""
    if isinstance(content, list):
        parts = cast("list[Any]", content)
        return joined([p for p in parts if isinstance(p, str) or ("text" in p and not p.get("thought"))])
    return joined(content)


def _answer(result: Any) -> str:  # noqa: ANN401  # any JSON value
    texts: list[str] = []
    for part in cast("list[Object]", result if isinstance(result, list) else [result]):
        response = cast("Object", part.get("functionResponse", {}).get("response", {}))
        told = response.get("output", response.get("error"))
        texts.append(told if isinstance(told, str) else json.dumps(dict(response)))
    return "\n".join(texts)


def _workspace(path: Path) -> str:
    root = path.parent.parent / ".project_root"
    return root.read_text(encoding="utf-8").strip() if root.is_file() else ""
