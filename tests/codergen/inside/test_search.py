"""Globs and ignore rules of the search program."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from codergen import inside

_spec = importlib.util.spec_from_file_location("inside_search", Path(inside.__file__).parent / "search.py")
assert _spec is not None and _spec.loader is not None
search = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(search)


@pytest.mark.parametrize(
    ("glob", "fits", "fails"),
    [
        ("*.py", ["a.py", ".py"], ["a/b.py", "a.pyc"]),
        ("**/*.py", ["a.py", "a/b.py", "a/b/c.py"], ["a.txt"]),
        ("src/**", ["src/a", "src/a/b"], ["src", "a/src/b"]),
        ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["az"]),
        ("?.{ts,js}", ["a.ts", "b.js"], ["ab.ts", "a.jsx"]),
        ("[!a-c]*", ["d", "xyz"], ["a", "b1"]),
        ("{a,b/{c,d}}.x", ["a.x", "b/c.x", "b/d.x"], ["b/a.x"]),
        ("a+b(1).txt", ["a+b(1).txt"], ["aab1.txt"]),
        (r"\*.md", ["*.md"], ["a.md"]),
    ],
)
def test_globs(glob, fits, fails):
    match = re.compile(search.glob_regex(glob)).fullmatch
    assert [path for path in fits if not match(path)] == []
    assert [path for path in fails if match(path)] == []


def test_ignore_files_as_git_reads_them(tmp_path):
    (tmp_path / ".git/info").mkdir(parents=True)
    (tmp_path / ".git/info/exclude").write_text("mine\n")
    (tmp_path / ".gitignore").write_text("# comment\n*.log\n!keep.log\n/only-here\nbuilt/\nsub/deep/*.x\n[broken\n")
    (tmp_path / "sub/deep").mkdir(parents=True)
    (tmp_path / "sub/.gitignore").write_text("!wanted.log\nlocal\n")
    ignored = search.Ignored(str(tmp_path), True, ())
    yes = ["a.log", "sub/b.log", "only-here", "mine", "sub/mine", "sub/deep/a.x", "sub/local", "built/a", ".git/config"]
    no = ["keep.log", "sub/wanted.log", "sub/only-here", "local", "a.x", "built.py"]
    assert [path for path in yes if not ignored(path, False)] == []
    assert [path for path in no if ignored(path, False)] == []
    assert ignored("built", True)
    assert not any(search.Ignored(str(tmp_path), False, ())(path, False) for path in yes)


def test_git_agrees(tmp_path):
    (tmp_path / ".gitignore").write_text("*.o\n!a.o\n/x\ny/\n**/z\nw/**/v\ndeep/*/q\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, capture_output=True)
    paths = ["a.o", "b.o", "c/b.o", "x", "c/x", "y/1", "c/y/1", "z", "c/z", "w/v", "w/1/2/v", "deep/1/q", "deep/q", "n"]
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        if not (tmp_path / path).is_dir():
            (tmp_path / path).touch()
    told = subprocess.run(
        ["git", "-C", str(tmp_path), "check-ignore", "--no-index", "--stdin"],
        input="\n".join(paths), capture_output=True, text=True,
    )  # fmt: skip
    ignored = search.Ignored(str(tmp_path), True, ())
    assert [path for path in paths if ignored(path, False)] == told.stdout.split("\n")[:-1]
