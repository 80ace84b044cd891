"""What a patch may not touch, decided from its file list and headers alone, before anything of it is run. Pure."""

import posixpath
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal

from router.line.workspace import FileChange, Patch

ScreenKind = Literal["protected", "scope", "tamper"]

HARNESS = (
    "**/conftest.py", "**/pytest.ini", "**/.pytest.ini", "**/pytest.toml", "**/.pytest.toml", "**/sitecustomize.py",
    "**/usercustomize.py", "**/*.pth", "**/*.egg-info/**", "**/*.dist-info/**", "**/*.egg-link", "**/pyvenv.cfg",
    "**/.gitattributes", "**/.gitmodules", "**/.git/**", "**/.git", "**/__pycache__/**", "**/*.pyc", "**/*.pyo",
    "**/*.so", "**/*.pyd",
)  # fmt: skip
"""Files that steer the test run or git itself; protected whatever a packet says."""

TEST_TOOLS = frozenset({
    "pytest", "_pytest", "pluggy", "iniconfig", "packaging", "exceptiongroup", "hypothesis", "nose", "nose2", "mock",
    "xdist", "pytest_asyncio", "pytest_timeout", "run_tests", "eval_values",
})  # fmt: skip
"""Module names that a new file may never take, wherever it stands."""

IMPORT_ROOTS = frozenset({"", "src", "lib", "python"})
"""Folders that commonly stand on sys.path: a module there answers before the standard library's of that name."""

MAX_PATCH_BYTES = 2 << 20
REGULAR_MODES = frozenset({"100644", "100755", "000000"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One reason to reject a patch unseen."""

    kind: ScreenKind
    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the packet demands of the paths of a patch."""

    protected: tuple[str, ...]
    scope: tuple[str, ...]


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    out: list[str] = []
    rest = glob
    while rest:
        for token, regex in (("**/", "(?:.*/)?"), ("**", ".*"), ("*", "[^/]*"), ("?", "[^/]")):
            if rest.startswith(token):
                out.append(regex)
                rest = rest[len(token) :]
                break
        else:
            out.append(re.escape(rest[0]))
            rest = rest[1:]
    return re.compile("".join(out) + r"\Z", re.DOTALL)


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether a glob covers the whole path; `*` stays within a folder, `**` does not, `**/x` is `x` at the root too."""
    return any(_pattern(glob).match(path) for glob in globs)


def is_protected(path: str, protected: Sequence[str]) -> bool:
    """By the packet's globs or as a file of the harness; letter case does not matter, some file systems ignore it."""
    folded = path.casefold()
    return matches(folded, (g.casefold() for g in protected)) or matches(folded, HARNESS)


def may_change(path: str, *, scope: Sequence[str], protected: Sequence[str]) -> bool:
    """Whether a station may touch this path, as its patch will be screened. Odd spellings of a path are normalised."""
    clean = posixpath.normpath(path)
    return matches(clean, scope) and not is_protected(clean, protected)


def screen(patch: Patch, rules: Rules, base_paths: frozenset[str]) -> tuple[Hit, ...]:
    """Every reason to reject the patch before it is laid out; empty when it may be looked at further.

    `base_paths` are the files at base, to tell what is new and where tests live.
    """
    hits: list[Hit] = []
    if patch.empty:
        hits.append(Hit(kind="scope", path="", why="the patch changes nothing"))
    if sum(file.size for file in patch.files) > MAX_PATCH_BYTES or len(patch.text) > 2 * MAX_PATCH_BYTES:
        hits.append(Hit(kind="tamper", path="", why=f"the patch is larger than {MAX_PATCH_BYTES} bytes"))
    if "\nGIT binary patch\n" in patch.text:
        hits.append(Hit(kind="tamper", path="", why="it holds binary content"))
    test_folders = frozenset(_folder(path) for path in base_paths if is_test_file(path))
    for file in patch.files:
        hits.extend(_screen_modes(file))
        hits.extend(_screen_path(file.path, rules))
        if file.kind == "added" and (name := shadows(file.path, test_folders, base_paths)):
            hits.append(Hit(kind="tamper", path=file.path, why=f"a new file takes the module name {name!r}"))
    return tuple(hits)


def _screen_modes(file: FileChange) -> Iterable[Hit]:
    modes = (file.old_mode, file.new_mode)
    if not REGULAR_MODES.issuperset(modes):
        yield Hit(kind="tamper", path=file.path, why=f"only ordinary files may change (git modes {' '.join(modes)})")
    elif file.kind == "modified" and file.old_mode != file.new_mode:
        yield Hit(kind="tamper", path=file.path, why=f"its mode changes from {file.old_mode} to {file.new_mode}")


def _screen_path(path: str, rules: Rules) -> Iterable[Hit]:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "\\" in path or any(ord(c) < 32 for c in path):
        yield Hit(kind="tamper", path=path, why="not a plain path inside the repository")
    if is_protected(path, rules.protected):
        yield Hit(kind="protected", path=path, why="protected path touched")
    elif not matches(path, rules.scope):
        yield Hit(kind="scope", path=path, why="outside of the scope")


def is_test_file(path: str) -> bool:
    name = PurePosixPath(path).name
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py") or name == "tests.py")


def holds_tests(path: str) -> bool:
    """A test file, or anything Python in a folder of tests."""
    folders = path.split("/")[:-1]
    return is_test_file(path) or (path.endswith(".py") and not {"test", "tests"}.isdisjoint(folders))


def shadows(path: str, test_folders: frozenset[str], base_paths: frozenset[str]) -> str | None:
    """The module name that a new file would take from the standard library or from the test tools, if any."""
    pure = PurePosixPath(path)
    if pure.suffix not in {".py", ".pyi"}:
        return None
    roots = IMPORT_ROOTS | test_folders
    *folders, last = pure.with_suffix("").parts
    for depth, name in enumerate(folders):
        whole = "/".join(folders[: depth + 1])
        new = not any(known.startswith(f"{whole}/") for known in base_paths)
        if new and _taken(name, "/".join(folders[:depth]), roots):
            return name
    return last if _taken(last, "/".join(folders), roots) else None


def _taken(name: str, folder: str, roots: frozenset[str]) -> bool:
    return name in TEST_TOOLS or (folder in roots and name in sys.stdlib_module_names)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
