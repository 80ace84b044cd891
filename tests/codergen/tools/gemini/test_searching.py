"""glob and grep_search in real folders."""

import os

import pytest


@pytest.fixture(autouse=True)
def project(workspace):
    (workspace / ".git").mkdir()
    (workspace / ".gitignore").write_text("*.log\n!keep.log\n")
    files = {
        "a.py": "import os\n\ndef alpha():\n    return os\n",
        "b.py": "from a import alpha\nalpha()\n",
        "src/c.ts": "const alpha = 1\n",
        "node_modules/m/x.py": "alpha\n",
        "out.log": "alpha\n",
        "keep.log": "alpha\n",
        ".hidden/h.py": "alpha\n",
        "bin.dat": "alpha\0\n",
    }
    for age, (name, text) in enumerate(files.items()):
        path = workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, ns=(0, path.stat().st_mtime_ns + age * 1_000_000_000))
    return workspace


async def test_glob_gives_the_last_changed_first(call, project):
    result = await call("glob", pattern="**/*.py")
    assert result.said.fields["paths"].split("\n") == [f"{project}/{name}" for name in (".hidden/h.py", "b.py", "a.py")]
    old = project / "b.py"
    os.utime(old, (0, 0))
    again = await call("glob", pattern="*.{py,ts}")
    assert again.said.fields["paths"].split("\n") == [f"{project}/a.py", f"{project}/b.py"]


async def test_glob_counts_what_is_ignored(call, project):
    result = await call("glob", pattern="*.log")
    assert (result.said.case, result.said.fields["ignored"]) == ("glob.found_ignored", "1")
    assert result.said.fields["paths"] == f"{project}/keep.log"
    assert (await call("glob", pattern="out.*")).said.case == "glob.none_ignored"
    assert (await call("glob", pattern="out.*", respect_git_ignore=False)).said.fields["count"] == "1"


async def test_glob_within_a_folder_and_by_case(call, project):
    assert (await call("glob", pattern="C.TS", dir_path="src")).said.fields["count"] == "1"
    assert (await call("glob", pattern="C.TS", dir_path="src", case_sensitive=True)).said.case == "glob.none"
    for args, case in (
        ({"pattern": " "}, "glob.blank"),
        ({"pattern": "*", "dir_path": "none"}, "glob.missing"),
        ({"pattern": "*", "dir_path": "a.py"}, "glob.not_a_folder"),
        ({"pattern": "*", "dir_path": "/"}, "path.outside"),
    ):
        result = await call("glob", **args)
        assert (result.said.case, result.is_error) == (case, True)


async def test_one_match_comes_with_what_is_around_it(call):
    result = await call("grep_search", pattern=r"def\s+\w+")
    assert result.content.endswith(
        "in the workspace:\n---\nFile: a.py\nL1- import os\nL2- \nL3: def alpha():\nL4-     return os\n---"
    )


async def test_more_matches_by_file_and_nothing_that_is_ignored_hidden_or_binary(call):
    result = await call("grep_search", pattern="ALPHA", context=0)
    assert result.said.fields["files"] == (
        "File: a.py\nL3: def alpha():\n---\nFile: b.py\nL1: from a import alpha\nL2: alpha()\n---\n"
        "File: src/c.ts\nL1: const alpha = 1"
    )
    assert (result.said.case, result.said.fields["count"]) == ("grep_search.many_here", "4")
    assert (await call("grep_search", pattern="ALPHA", case_sensitive=True)).said.case == "grep_search.none_here"


async def test_names_bounds_and_filters(call):
    names = await call("grep_search", pattern="alpha", names_only=True, include_pattern="*.py")
    assert names.content.endswith('in the workspace (filter: "*.py"):\na.py\nb.py')
    bounded = await call("grep_search", pattern="alpha", total_max_matches=2, before=1)
    assert (
        bounded.said.fields["files"] == "File: a.py\nL2- \nL3: def alpha():\n---\nFile: b.py\nL1: from a import alpha"
    )
    assert "(the search stopped at 2 matches)" in bounded.content
    each = await call("grep_search", pattern="alpha", max_matches_per_file=1, exclude_pattern="const", context=0)
    assert each.said.fields["count"] == "2"
    everything = await call("grep_search", pattern="alpha", no_ignore=True, names_only=True)
    assert everything.said.fields["paths"].split("\n") == ["a.py", "b.py", "keep.log", "out.log", "src/c.ts"]


async def test_plain_text_a_single_file_and_what_cannot_be_searched(call):
    fixed = await call("grep_search", pattern="alpha()", fixed_strings=True, dir_path="b.py", context=0)
    assert fixed.content.endswith('in the path "b.py":\n---\nFile: b.py\nL2: alpha()\n---')
    for args, case in (
        ({"pattern": "("}, "grep_search.pattern"),
        ({"pattern": "a", "dir_path": "none"}, "grep_search.missing"),
        ({"pattern": "a", "dir_path": ".."}, "path.outside"),
    ):
        result = await call("grep_search", **args)
        assert (result.said.case, result.is_error) == (case, True)


async def test_named_groups_as_other_dialects_write_them(call):
    assert (await call("grep_search", pattern=r"(?<n>alph)a(?=\()", context=0)).said.fields["count"] == "2"
    assert (await call("grep_search", pattern=r"(?<=def )alpha", context=0)).said.fields["count"] == "1"
