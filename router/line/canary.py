"""Canaries: twins of trusted tests that fail on every honest run, so that a forged or meddled report gives itself away.

A report made inside the process that the judged code runs in can be forged. Who forges "all passed" also passes the
twins, and cannot tell them apart by name, shape or place. Pure: sources in, sources out, randomness injected.
"""

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from router.line.twins import WORDS, CanaryKind, TestNode, Twin, make_twin

MAX_CANARIES = 24
"""Per verification run; tests that failed at base come first."""

_UNFIT_MARKS = frozenset(
    {"xfail", "skip", "skipif", "expectedFailure", "skipIf", "skipUnless", "flaky", "repeat", "given"}
)


_DEFINED = re.compile(r"\bdef\s+(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One planted twin."""

    path: str
    """The test file it stands in."""
    original: str
    """Name of the function it is a twin of."""
    name: str
    kind: CanaryKind
    token: str = ""
    """For `raised`: text that its failure must show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedFile:
    """A trusted test file with twins in it; written into the verifier's own copy of the tree only."""

    path: str
    text: str
    canaries: tuple[Canary, ...]


def function_name(test_id: str) -> str:
    """The test function in a runner's id: `a/t.py::C::test_x[1]` and `a.t.C.test_x` both give `test_x`."""
    if "::" in test_id:
        return test_id.split("[", 1)[0].rsplit("::", 1)[-1]
    return test_id.split("[", 1)[0].rsplit(".", 1)[-1]


def plant(
    path: str, source: str, random: Random, *, first: frozenset[str], limit: int, taken: frozenset[str] = frozenset()
) -> PlantedFile | None:
    """The file with up to `limit` twins, tests named in `first` served first; None when none can be made.

    No twin takes a name of `taken`: results are told apart by name, so a real test of a twin's name would be lost.

    The result is parsed again: without the twins it is the same program as `source`, or no twin is planted.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    names = {*taken, *(node.name for node in ast.walk(tree) if isinstance(node, TestNode))}
    places = list(_places(tree))
    random.shuffle(places)
    places.sort(key=lambda node: node.name not in first)
    twins: list[tuple[TestNode, Twin]] = []
    for original in places[:limit]:
        name = _fresh_name(original.name, names, random)
        names.add(name)
        twins.append((original, make_twin(original, name, random)))
    text = _insert(source, twins, random)
    if not twins or not _same_program(tree, text, {twin.node.name for _, twin in twins}):
        return None
    canaries = (
        Canary(path=path, original=original.name, name=twin.node.name, kind=twin.kind, token=twin.token)
        for original, twin in twins
    )
    return PlantedFile(path=path, text=text, canaries=tuple(canaries))


def plant_all(
    sources: Iterable[tuple[str, str]],
    random: Random,
    *,
    first: frozenset[str] = frozenset(),
    taken: frozenset[str] = frozenset(),
) -> tuple[PlantedFile, ...]:
    """Twins over several test files, at most `MAX_CANARIES`; files with a test of `first` are served first.

    Their names are in none of the files and not in `taken`.
    """
    sources = tuple(sources)
    taken = taken.union(*(_DEFINED.findall(source) for _, source in sources))
    planted: list[PlantedFile] = []
    left = MAX_CANARIES
    order = sorted(sources, key=lambda item: not any(f"def {name}(" in item[1] for name in first))
    for path, source in order:
        file = plant(path, source, random, first=first, limit=left, taken=taken) if left > 0 else None
        if file is not None:
            planted.append(file)
            left -= len(file.canaries)
            taken = taken.union(canary.name for canary in file.canaries)
    return tuple(planted)


def _places(tree: ast.Module) -> Iterator[TestNode]:
    for node in tree.body:
        if isinstance(node, TestNode) and node.name.startswith("test") and _fit(node):
            yield node
        elif isinstance(node, ast.ClassDef) and _is_test_class(node) and not _marked(node.decorator_list):
            for inner in node.body:
                if isinstance(inner, TestNode) and inner.name.startswith("test") and _fit(inner):
                    yield inner


def _is_test_class(node: ast.ClassDef) -> bool:
    return node.name.startswith("Test") or any(ast.unparse(base).endswith("Case") for base in node.bases)


def _fit(node: TestNode) -> bool:
    """Not a test that may end early or is not expected to pass: its twin could be honest and not fail."""
    return not _marked(node.decorator_list) and not any(_ends_early(part) for part in _own_nodes(node))


def _marked(decorators: Iterable[ast.expr]) -> bool:
    words = {part for d in decorators for n in ast.walk(d) for part in (getattr(n, "attr", ""), getattr(n, "id", ""))}
    return not _UNFIT_MARKS.isdisjoint(words)


def _own_nodes(node: TestNode) -> Iterator[ast.AST]:
    """Everything in the body but not in functions or classes defined there."""
    todo: list[ast.AST] = list(node.body)
    while todo:
        part = todo.pop()
        if isinstance(part, TestNode | ast.ClassDef | ast.Lambda):
            continue
        yield part
        todo.extend(ast.iter_child_nodes(part))


def _ends_early(part: ast.AST) -> bool:
    if isinstance(part, ast.Return | ast.Yield | ast.YieldFrom):
        return True
    name = getattr(part, "attr", "") or getattr(part, "id", "")
    return name in {"skip", "skipTest", "importorskip", "xfail", "exit", "subTest"}


def _fresh_name(original: str, taken: set[str], random: Random) -> str:
    stems = [
        word
        for name in sorted(taken)
        for word in name.split("_")
        if len(word) > 2 and word.isalpha() and word != "test"
    ]
    while True:
        name = f"{original}_{random.choice([*WORDS, *stems])}"
        if name in taken:
            name = f"{name}_{random.choice(WORDS)}"
        if name not in taken:
            return name


def _insert(source: str, twins: Iterable[tuple[TestNode, Twin]], random: Random) -> str:
    lines = source.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    inserts: list[tuple[int, str]] = []
    for original, twin in twins:
        start = min([original.lineno, *(d.lineno for d in original.decorator_list)])
        indent = lines[start - 1][: len(lines[start - 1]) - len(lines[start - 1].lstrip())]
        gap = "\n" if indent else "\n\n"
        text = textwrap.indent(ast.unparse(twin.node), indent, lambda line: bool(line.strip())) + "\n"
        if random.random() < 0.5:
            inserts.append((start - 1, f"{text}{gap}"))
        else:
            inserts.append((original.end_lineno or start, f"{gap}{text}"))
    for at, text in sorted(inserts, key=lambda item: item[0], reverse=True):
        lines.insert(at, text)
    return "".join(lines)


def _same_program(tree: ast.Module, text: str, twins: set[str]) -> bool:
    try:
        planted = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    found = 0
    for holder in (planted, *(n for n in planted.body if isinstance(n, ast.ClassDef))):
        kept = [n for n in holder.body if not (isinstance(n, TestNode) and n.name in twins)]
        found += len(holder.body) - len(kept)
        holder.body = kept
    return found == len(twins) and ast.dump(planted) == ast.dump(tree)
