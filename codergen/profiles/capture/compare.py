"""Two streams of requests, field by field. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, cast

Wire = Mapping[str, Any]

IDENTITY: Mapping[str, tuple[str, ...]] = {
    "claude": ("metadata", "metadata.*", "context_management*"),
    "codex": ("client_metadata", "client_metadata.*", "prompt_cache_key", "input[*].id"),
    "gemini": (),
}
"""Paths that say who is calling, or switch on a service for that caller: never imitated, so never compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field that both or one of them has."""

    request: int
    """0-based."""
    path: str
    theirs: object
    ours: object

    @property
    def kind(self) -> str:
        if self.theirs is ABSENT:
            return "only ours"
        if self.ours is ABSENT:
            return "only theirs"
        return "same" if self.theirs == self.ours else "differs"


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


def compare(family: str, theirs: Sequence[Wire], ours: Sequence[Wire]) -> tuple[Field, ...]:
    """Every leaf of every request, in order; identity is left out. A stream that is longer is compared to nothing."""
    out: list[Field] = []
    for at in range(max(len(theirs), len(ours))):
        left = dict(leaves(without_identity(family, theirs[at]))) if at < len(theirs) else {}
        right = dict(leaves(ours[at])) if at < len(ours) else {}
        for path in dict.fromkeys((*left, *right)):
            if not is_identity(family, path):
                out.append(Field(request=at, path=path, theirs=left.get(path, ABSENT), ours=right.get(path, ABSENT)))
    return tuple(out)


def is_identity(family: str, path: str) -> bool:
    return any(_fits(path, glob) for glob in IDENTITY[family])


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """(path, value) of everything that holds nothing further; an empty list or table is a leaf."""
    if isinstance(value, Mapping) and value:
        for key, inner in cast("Wire", value).items():
            yield from leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        items = cast("list[object]", value)
        keys = _names(items) if path.rpartition(".")[2] in TOOLS else None
        for key, inner in zip(keys or range(len(items)), items, strict=True):
            yield from leaves(inner, f"{path}[{key}]")
    else:
        yield path, value


TOOLS = ("tools", "functionDeclarations")
"""Lists of tools: paired by name, so that one which only one side has shifts no other."""


def _names(items: Sequence[object]) -> list[str] | None:
    """None where not each has one of its own; a tool of the service's own has only a type."""
    told = [cast("Wire", item) for item in items if isinstance(item, Mapping)]
    names = [str(item.get("name") or item.get("type") or "") for item in told]
    return names if len(names) == len(items) == len(set(names)) and all(names) else None


def without_identity(family: str, body: Wire) -> Wire:
    """Claude's tool says in system blocks of their own who is calling and who pays; what follows counts from zero."""
    system = body.get("system")
    if family == "claude" and isinstance(system, list) and len(cast("list[object]", system)) > WHO:
        return {**body, "system": cast("list[object]", system)[WHO:]}
    return body


WHO = 2
"""Blocks of Claude's tool that say so."""


def _fits(path: str, glob: str) -> bool:
    """`fnmatch` in which brackets are brackets."""
    return fnmatchcase(path, glob.replace("[", "[[]"))
