"""A known fix, played as an agent's own tool calls: look, run the check, read, edit, run it again, tell. Pure."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from codergen.cli.twin_vocabulary import Change, Said, Vocabulary, vocabulary
from providers.twin.front import Turn
from providers.twin.script import newest_results
from providers.types import ModelRequest, TextPart, ToolResultPart

FOLDER = re.compile(r"^(?:Output: |\{\"output\":\")?(/[^\s\"\\]*)", re.MULTILINE)
EXIT = "check exit code:"
STRUCTURED = "StructuredOutput"
"""Claude Code's tool for a final answer of a given schema (wire.md 1.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What repair found out."""

    files: Mapping[str, tuple[str, str]]
    """Path in the repository -> text before and after; empty when nothing was found."""
    check: str
    summary: str


def next_turn(request: ModelRequest, fix: Fix) -> Turn:
    """What the model says to this request; decided by the request alone, so that it also goes on after a restart."""
    words = vocabulary(request.tools)
    if words is None:
        return _told(request, "Nothing to do here.")
    said = sum(bool(message.tool_calls) for message in request.messages)  # one call a turn
    steps = list(_steps(words, fix, _folder(request)))
    failed = said > 0 and any(part.is_error for part in newest_results(request))
    if failed and said > 2:
        return _told(request, f"A tool failed, so I stop here. {fix.summary}", good=False)
    if said >= len(steps):
        return _told(request, *_ending(request, fix))
    text, call = steps[said]
    return Turn(parts=(TextPart(text=text), call.part(f"call_repair_{said + 1}")))


def _steps(words: Vocabulary, fix: Fix, folder: str) -> Iterator[tuple[str, Said]]:
    check = words.shell(f'{fix.check}; echo "{EXIT} $?"')
    if words.absolute:
        yield "I see where I am.", words.shell("pwd")
    yield "I run the check.", check
    for path, (before, after) in fix.files.items():
        place = f"{folder}/{path}" if words.absolute and folder else path
        old, new = unique_edit(before, after)
        yield f"I read {path}.", words.read(place)
        yield f"I change {path}.", words.edit(Change(path=place, old=old, new=new))
    if fix.files:
        yield "I run the check again.", check


def _folder(request: ModelRequest) -> str:
    """The folder that the agent's shell told first; empty when it has told none."""
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, ToolResultPart) and (found := FOLDER.search(part.content)):
                return found.group(1).rstrip("/")
    return ""


def _ending(request: ModelRequest, fix: Fix) -> tuple[str, bool]:
    """What to say at the end, and whether it is good."""
    if not fix.files:
        return f"I found no fix. {fix.summary}", False
    told = "\n".join(part.content for part in newest_results(request))
    codes = re.findall(re.escape(EXIT) + r" (\d+)", told)
    if codes and codes[-1] != "0":
        return f"The check still fails (exit code {codes[-1]}). {fix.summary}", False
    return fix.summary, True


def _told(request: ModelRequest, text: str, good: bool = True) -> Turn:
    """A final text, in the shape that the request demands of an answer: by its own schema, or by a tool for it."""
    if request.output is not None:
        return Turn(parts=(TextPart(text=json.dumps(instance(request.output.schema, text, good))),))
    demanded = next((tool for tool in request.tools if tool.name == STRUCTURED), None)
    called = any(call.name == STRUCTURED for message in request.messages for call in message.tool_calls)
    if demanded is None or called:
        return Turn(parts=(TextPart(text=text),))
    arguments = json.dumps(instance(demanded.parameters, text, good))
    return Turn(parts=(Said(tool=STRUCTURED, arguments=arguments).part("call_repair_end"),))


def unique_edit(before: str, after: str) -> tuple[str, str]:
    """Whole lines to replace and their replacement: the shortest run around the change that stands in `before` once."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    changed = [op for op in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if op[0] != "equal"]
    start, end = changed[0][1], changed[-1][2]
    tail = len(old) - end
    while (start == end or not _stands_once("".join(old[start:end]), before)) and (start > 0 or tail > 0):
        start, tail = max(0, start - 1), max(0, tail - 1)
        end = len(old) - tail
    return "".join(old[start:end]), "".join(new[start : len(new) - tail])


def _stands_once(text: str, whole: str) -> bool:
    """Overlapping places count as two."""
    return whole.find(text) == whole.rfind(text) >= 0


def instance(schema: Mapping[str, Any], text: str, good: bool = True) -> Any:  # noqa: ANN401  # any JSON value
    """A small value that a JSON Schema allows, with `text` where it wants free text. Of several choices the first when
    all is `good`, else the last: schemas list them so (assumed)."""
    choices = [schema["const"]] if "const" in schema else cast("Sequence[Any]", schema.get("enum") or ())
    if choices:
        return choices[0 if good else -1]
    for word in ("anyOf", "oneOf", "allOf"):
        if options := cast("Sequence[Mapping[str, Any]]", schema.get(word) or ()):
            return instance(options[0], text, good)
    kind = schema.get("type")
    kind = cast("list[str]", kind)[0] if isinstance(kind, list) else kind
    match str(kind).lower():
        case "object":
            fields = cast("Mapping[str, Mapping[str, Any]]", schema.get("properties") or {})
            return {name: instance(inner, text, good) for name, inner in fields.items()}
        case "array":
            items = cast("Mapping[str, Any]", schema.get("items") or {})
            return [instance(items, text, good) for _ in range(int(schema.get("minItems", 0)))]
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
        case "null":
            return None
        case _:
            return text[: int(schema.get("maxLength", len(text)))]
