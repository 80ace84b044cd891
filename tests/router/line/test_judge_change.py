"""The change in a work tree, judged by the real verifier."""

import subprocess

import pytest

from codergen.events import ignore
from codergen.settings import load
from router.line.evidence_folder import EvidenceExists
from router.line.judge_change import ChangeRequest, judge_change


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "tree"
    (folder / "tests").mkdir(parents=True)
    (folder / "a.py").write_text("def two():\n    return 1\n")
    (folder / "tests" / "test_a.py").write_text("def test_nothing():\n    assert 1 + 1 == 2\n")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "first")):
        git = ("git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", *words)
        subprocess.run(git, cwd=folder, check=True, timeout=20)
    (folder / "a.py").write_text("def two():\n    return 2\n")
    return folder


def settings(tmp_path):
    return load({"CODERGEN_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"})


async def test_an_added_test_is_set_aside_and_the_rest_is_judged(tree, tmp_path):
    (tree / "tests" / "test_new.py").write_text("def test_new():\n    assert True\n")
    request = ChangeRequest(repository=tree, base="HEAD", checks=("true",), sandbox="host")
    report = await judge_change(request, settings(tmp_path), ignore)
    assert report.set_aside == ("tests/test_new.py",)
    assert [change.path for change in report.patch.files] == ["a.py"]
    assert (report.verdict.decision, report.exit_code) == ("weak", 4)


async def test_evidence_is_never_overwritten_and_that_is_said_before_anything_runs(tree, tmp_path):
    request = ChangeRequest(repository=tree, base="HEAD", checks=("true",), sandbox="host", evidence=tree)
    with pytest.raises(EvidenceExists):
        await judge_change(request, settings(tmp_path), ignore)
