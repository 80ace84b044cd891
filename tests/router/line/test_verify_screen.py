"""The screen over a patch's paths, modes and names."""

import pytest

from router.line.protected import Rules, is_protected, matches, screen
from router.line.workspace import FileChange, Patch
from router.packet import DEFAULT_PROTECTED

BASE = frozenset({"app/__init__.py", "app/core.py", "tests/test_core.py", "setup.py"})
RULES = Rules(protected=DEFAULT_PROTECTED, scope=("app/**", "*.py", "src/**", "lib/**", "**/*.pyc"))


def change(path: str, kind: str = "added", old: str = "000000", new: str = "100644") -> FileChange:
    return FileChange(path=path, kind=kind, old_mode=old, new_mode=new, size=10)


def hits(*files: FileChange, text: str = "diff") -> set[tuple[str, str]]:
    return {(hit.kind, hit.path) for hit in screen(Patch(tree="t", text=text, files=files), RULES, BASE)}


@pytest.mark.parametrize(
    ("path", "glob", "covered"),
    [
        ("tests/a/b.py", "tests/**", True),
        ("tests", "tests/**", False),
        ("conftest.py", "**/conftest.py", True),
        ("a/b/conftest.py", "**/conftest.py", True),
        ("a/xconftest.py", "**/conftest.py", False),
        ("a/b.py", "*.py", False),
        ("b.py", "*.py", True),
        ("a+b.py", "a+b.py", True),
        ("anything/at/all", "**", True),
    ],
)
def test_globs_cover_whole_paths(path: str, glob: str, covered: bool) -> None:
    assert matches(path, (glob,)) is covered


def test_an_ordinary_change_in_scope_passes() -> None:
    assert hits(change("app/core.py", "modified", "100644"), change("app/random.py")) == set()


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_core.py",
        "Tests/test_x.py",
        "app/conftest.py",
        "CONFTEST.py",
        "pytest.toml",
        "x.pth",
        "app/.gitattributes",
        "app/__pycache__/core.cpython-311.pyc",
        "evil.egg-info/entry_points.txt",
        "app/fast.so",
    ],
)
def test_protected_paths_and_files_of_the_harness_are_rejected(path: str) -> None:
    assert ("protected", path) in hits(change(path))


def test_a_packet_cannot_open_the_harness() -> None:
    assert is_protected("conftest.py", ())
    assert not is_protected("tests/test_core.py", ())


def test_a_path_outside_of_the_scope_is_named() -> None:
    assert hits(change("docs/a.md")) == {("scope", "docs/a.md")}


@pytest.mark.parametrize(("old", "new"), [("000000", "120000"), ("000000", "160000"), ("100644", "100755")])
def test_links_submodules_and_mode_changes_are_rejected(old: str, new: str) -> None:
    kind = "added" if old == "000000" else "modified"
    assert hits(change("app/core.py", kind, old, new)) == {("tamper", "app/core.py")}


@pytest.mark.parametrize(
    "path", ["pytest.py", "app/pluggy.py", "random.py", "src/json.py", "_pytest/__init__.py", "lib/ast/x.py"]
)
def test_a_new_file_may_not_take_a_module_name_that_tests_rely_on(path: str) -> None:
    assert ("tamper", path) in hits(change(path))


def test_binary_content_size_and_an_empty_patch_are_rejected() -> None:
    assert hits(change("app/x.py"), text="diff\nGIT binary patch\n") == {("tamper", "")}
    assert hits(FileChange(path="app/x.py", kind="added", old_mode="000000", new_mode="100644", size=3 << 20)) == {
        ("tamper", "")
    }
    assert hits() == {("scope", "")}
