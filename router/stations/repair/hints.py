"""What is known beyond one file: what failing tests compared, which errors they waited for, what is defined. Pure."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from router.stations.repair.source import Function

_COMPARED = re.compile(r"^(?:E\s+)?(?:AssertionError: )?(?:assert )?(.+ [!=]= .+)$", re.MULTILINE)
_UNBOUND = re.compile(r"(?:NameError|UnboundLocalError): [\w ]+ '(\w+)'")
_NOT_RAISED = re.compile(r"DID NOT RAISE <class '([\w.]+)'>|AssertionError: (\w+) not raised")
PAIRS = 6
"""Differences that are kept, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """Empty by default: every edit can do without."""

    texts: tuple[tuple[str, str], ...] = ()
    """Two strings that a test found different; which of them was expected is not sure."""
    numbers: tuple[tuple[float, float], ...] = ()
    """Likewise, of numbers."""
    missing_errors: tuple[str, ...] = ()
    """Names of exceptions that a test expected in vain."""
    unbound: tuple[str, ...] = ()
    """Variables without a value where a test needed one."""
    signatures: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Function or class -> parameters that a call of it may give. Names with several meanings are left out."""


def hints_of(failure: str, trees: Iterable[ast.Module]) -> Hints:
    """`failure`: the failing tests' text, as pytest or unittest writes it."""
    texts: list[tuple[str, str]] = []
    numbers: list[tuple[float, float]] = []
    for left, right in _differences(failure):
        if isinstance(left, str) and isinstance(right, str):
            texts.append((left, right))
        elif type(left) in (int, float) and type(right) in (int, float):
            numbers.append(cast(tuple[float, float], (left, right)))
    errors = [(a or b).rpartition(".")[2] for a, b in _NOT_RAISED.findall(failure)]
    return Hints(
        texts=tuple(dict.fromkeys(texts))[:PAIRS],
        numbers=tuple(dict.fromkeys(numbers))[:PAIRS],
        missing_errors=tuple(dict.fromkeys(errors)),
        unbound=tuple(dict.fromkeys(_UNBOUND.findall(failure))),
        signatures=signatures_of(trees),
    )


def _differences(failure: str) -> Iterator[tuple[object, object]]:
    for match in _COMPARED.finditer(failure):
        text = re.sub(r" ± \S+", "", match[1])
        for word in (" == ", " != "):
            for at in re.finditer(word, text):
                try:
                    pair = ast.literal_eval(text[: at.start()]), ast.literal_eval(text[at.end() :])
                except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
                    continue
                yield from _leaves(*pair)


def _leaves(left: object, right: object) -> Iterator[tuple[object, object]]:
    """The innermost values in which two values of one shape differ."""
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        pairs = [*zip(cast(Sequence[object], left), cast(Sequence[object], right), strict=False)]
    elif isinstance(left, dict) and isinstance(right, dict):
        old, new = cast(dict[object, object], left), cast(dict[object, object], right)
        pairs = [(value, new[key]) for key, value in old.items() if key in new]
    else:
        if left != right:
            yield left, right
        return
    for a, b in pairs:
        yield from _leaves(a, b)


def signatures_of(trees: Iterable[ast.Module]) -> dict[str, tuple[str, ...]]:
    """Of the functions, methods and classes that files define."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, Function) and not node.name.startswith("__"):
                found.setdefault(node.name, set()).add(_parameters(node))
            elif isinstance(node, ast.ClassDef):
                made = [n for n in node.body if isinstance(n, Function) and n.name == "__init__"]
                fields = (
                    n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
                )
                found.setdefault(node.name, set()).add(_parameters(made[0]) if made else tuple(fields))
    return {name: kinds.copy().pop() for name, kinds in found.items() if len(kinds) == 1}


def _parameters(node: Function) -> tuple[str, ...]:
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    return (*(names[1:] if names[:1] in (["self"], ["cls"]) else names), *(a.arg for a in node.args.kwonlyargs))
