"""What a model is told of a call that is not carried out. Each family has its own form; this is the plain one. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic import ValidationError

from codergen.tools.base import ToolResult
from codergen.tools.json_place import Place, place


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a call's arguments."""

    kind: Literal["missing", "unexpected", "type", "value"]
    name: str
    """The parameter, dotted where it is nested; empty for the arguments as a whole."""
    told: str
    """pydantic's sentence."""
    expected: str = ""
    """JSON's name of the type, for kind `type`; the bound of a number that is too small or too large, e.g. `>= 1`."""
    given: str = ""
    """JSON's name of the type that came."""
    value: object = None
    """What came; for a missing one, what it is missing in."""
    place: Place = field(default_factory=Place)
    """Of what came in the call's arguments."""


class Refusals(Protocol):
    """The four ways in which a call gets an answer without running."""

    def unknown(self, name: str, known: Sequence[str]) -> ToolResult: ...

    def arguments(self, name: str, wrong: Sequence[Problem]) -> ToolResult: ...

    def not_json(self, name: str, arguments: str, why: str) -> ToolResult: ...

    def denied(self, name: str, why: str) -> ToolResult: ...


class Plain:
    """`Refusals` in short sentences."""

    def unknown(self, name: str, known: Sequence[str]) -> ToolResult:
        return _no(f"There is no tool {name!r}. There are: {', '.join(known)}.")

    def arguments(self, name: str, wrong: Sequence[Problem]) -> ToolResult:
        lines = [f"- {problem.name or 'arguments'}: {problem.told}" for problem in wrong]
        return _no("The arguments do not fit:\n" + "\n".join(lines))

    def not_json(self, name: str, arguments: str, why: str) -> ToolResult:
        return _no(f"The arguments are not JSON: {why}")

    def denied(self, name: str, why: str) -> ToolResult:
        return _no(why)


def _no(text: str) -> ToolResult:
    return ToolResult(content=text, is_error=True)


_EXPECTED = {
    "string_type": "string", "int_type": "integer", "int_parsing": "integer", "int_from_float": "integer",
    "float_type": "number", "float_parsing": "number", "bool_type": "boolean", "bool_parsing": "boolean",
    "list_type": "array", "tuple_type": "array", "dict_type": "object", "model_type": "object",
}  # fmt: skip


def problems(error: ValidationError, text: str = "") -> tuple[Problem, ...]:
    """What pydantic found, in the order of the model's fields. `text` is what the model wrote."""
    return tuple(
        Problem(
            kind=_kind(found["type"]),
            name=".".join(map(str, found["loc"])),
            told=found["msg"],
            expected=_EXPECTED.get(found["type"]) or _bound(found.get("ctx", {})),
            given=json_type(found["input"]),
            value=found["input"],
            place=place(text, None if found["type"] == "missing" or not found["loc"] else str(found["loc"][0])),
        )
        for found in error.errors(include_url=False)
    )


def _bound(facts: Mapping[str, Any]) -> str:
    return next((f"{sign} {facts[name]}" for name, sign in _BOUNDS.items() if name in facts), "")


_BOUNDS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def _kind(type_: str) -> Literal["missing", "unexpected", "type", "value"]:
    match type_:
        case "missing":
            return "missing"
        case "extra_forbidden":
            return "unexpected"
        case _:
            return "type" if type_ in _EXPECTED else "value"


def json_type(value: object) -> str:
    """JSON's name for the type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
        case _:
            return "object"
