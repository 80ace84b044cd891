"""What judges a patch and lies in its own reach: tests outside the protected globs, scripts that a check calls. Pure.

Protected globs name where tests usually are. Where a check's tests or its command are elsewhere, a patch that changes
them writes its own proof, so the verdict can be no better than weak.
"""

import ast
import doctest
import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from codergen.tools.invocation import parse_command
from router.line.protected import holds_tests
from router.line.tamper import Finding

_READS = {
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "gmake": ("Makefile", "makefile", "GNUmakefile"),
    "npm": ("package.json", ".npmrc"),
    "npx": ("package.json", ".npmrc"),
    "pnpm": ("package.json", ".npmrc", "pnpm-workspace.yaml"),
    "yarn": ("package.json", ".yarnrc", ".yarnrc.yml"),
    "bun": ("package.json", "bunfig.toml"),
    "just": ("justfile", "Justfile", ".justfile"),
    "tox": ("tox.ini", "tox.toml", "setup.cfg", "pyproject.toml"),
    "nox": ("noxfile.py",),
    "task": ("Taskfile.yml", "Taskfile.yaml"),
}
"""Files that a program takes its orders from without being told their names."""


def named_by_commands(commands: Iterable[str], changed: Iterable[str]) -> tuple[Finding, ...]:
    """Changed files that a check's command runs or is told by; test runners say themselves what they ran."""
    plain = [command for command in commands if parse_command(command).runner == "command"]
    words = [word for command in plain for word in _words(command)]
    named = {posixpath.normpath(word.split("::", 1)[0]) for word in words}
    named.update(name for word in words for name in _READS.get(posixpath.basename(word), ()))
    return tuple(_weak(path, "the check's command", "a check is run by it") for path in changed if path in named)


def _words(command: str) -> list[str]:
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        return list(lexer)
    except ValueError:
        return command.split()


def held_by_patch(
    ids: Iterable[str], before: Mapping[str, str], after: Mapping[str, str], files: Sequence[str]
) -> tuple[Finding, ...]:
    """Changed files that the tests named `ids` (of base) are from. `files` are all paths at base.

    A module that only holds doctests may change as long as every example of base is still there.
    """
    found: list[Finding] = []
    for path, names in _by_file(ids, files).items():
        if path not in before or before[path] == after.get(path):
            continue
        if all(_is_doctest(name, path) for name in names) and _keeps_examples(before[path], after.get(path, "")):
            continue
        found.append(_weak(path, f"{len(names)} tests", "tests that judge the patch are in a file that it changes"))
    return tuple(found)


def shadowed_imports(tests: Iterable[str], added: Iterable[str], files: Sequence[str]) -> tuple[Finding, ...]:
    """New modules with the name of one that trusted tests import and base does not have.

    Tests that ran at base found it elsewhere: in a library, which a module of that name in the tree would replace.
    """
    own = {part.removesuffix(".py") for path in files for part in path.split("/")}
    foreign = {name for source in tests for name in _top_imports(source)} - own
    found: list[Finding] = []
    for path in added:
        parts = path.removesuffix(".py").split("/")
        taken = next((part for part in parts if part in foreign), None)
        if taken is not None and path.endswith(".py"):
            found.append(_weak(path, taken, "a new module takes the name of a library that the tests import"))
    return tuple(found)


_ASSERTS = re.compile(r"_*(assert|expect)", re.IGNORECASE)
_HELPERS = frozenset({"testing", "testutil", "testutils", "test_utils", "assertions", "asserts"})


def changed_assertions(tests: Iterable[str], changed: Iterable[str]) -> tuple[Finding, ...]:
    """Changed modules of the product that trusted tests take their assertions from (`from app.testing import ...`)."""
    modules = {module for source in tests for module in _assertion_modules(source)}
    found: list[Finding] = []
    for path in changed:
        dotted = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if path.endswith(".py") and any(dotted == m or dotted.endswith(f".{m}") for m in modules):
            found.append(_weak(path, dotted, "tests take their assertions from it"))
    return tuple(found)


def _assertion_modules(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            whole = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            if any(_ASSERTS.match(alias.name) for alias in node.names):
                yield node.module
            yield from (name for name in whole if name.rpartition(".")[2] in _HELPERS)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.rpartition(".")[2] in _HELPERS)


def _top_imports(source: str) -> Iterator[str]:
    """First parts of what a module must import to load at all."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".", 1)[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".", 1)[0]


def _weak(path: str, what: str, why: str) -> Finding:
    return Finding(path=path, what=what, line=1, severity="weak", why=why)


def _by_file(ids: Iterable[str], files: Sequence[str]) -> dict[str, list[str]]:
    known = frozenset(files)
    modules: dict[str, list[str]] = {}
    for path in files:
        if path.endswith(".py"):
            modules.setdefault(posixpath.basename(path), []).append(path)
    found: dict[str, list[str]] = {}
    for test_id in ids:
        for path in _files_of_id(test_id, known, modules):
            found.setdefault(path, []).append(test_id)
    return found


def _files_of_id(test_id: str, known: frozenset[str], modules: Mapping[str, list[str]]) -> Iterator[str]:
    """The file of `a/b.py::test`; for `a.b.Case.test` every one it may be, real test files before others."""
    if "::" in test_id:
        path = posixpath.normpath(test_id.split("::", 1)[0])
        if path in known:
            yield path
        return
    parts = test_id.split(".")
    for count in range(len(parts) - 1, 0, -1):
        name = "/".join(parts[:count]) + ".py"
        paths = [p for p in modules.get(posixpath.basename(name), ()) if p == name or p.endswith(f"/{name}")]
        if paths:
            yield from [p for p in paths if holds_tests(p)] or paths
            return


def _is_doctest(test_id: str, path: str) -> bool:
    """pytest names a doctest by the dotted name of what holds it: `a/b.py::a.b.f`."""
    name = test_id.partition("::")[2]
    stem = posixpath.basename(path).removesuffix(".py")
    return path.endswith(".py") and "::" not in name and stem in name.split(".")


def _keeps_examples(before: str, after: str) -> bool:
    old, new = _examples(before), _examples(after)
    if old is None or new is None:
        return False
    return all(new.get(name, ())[: len(examples)] == examples for name, examples in old.items())


_Example = tuple[str, str, str | None, tuple[tuple[int, bool], ...]]


def _examples(source: str) -> dict[str, tuple[_Example, ...]] | None:
    """Doctest examples by the dotted name of their holder; None for what cannot be read."""
    parser = doctest.DocTestParser()
    found: dict[str, tuple[_Example, ...]] = {}
    try:
        todo: list[tuple[str, ast.AST]] = [("", ast.parse(source))]
        while todo:
            name, node = todo.pop()
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                examples = parser.get_examples(ast.get_docstring(node) or "")
                new = tuple((e.source, e.want, e.exc_msg, tuple(sorted(e.options.items()))) for e in examples)
                found[name] = (*found.get(name, ()), *new)
            for child in ast.iter_child_nodes(node):
                todo.append((f"{name}.{inner}" if (inner := getattr(child, "name", "")) else name, child))
    except (SyntaxError, ValueError, RecursionError):
        return None
    return found
