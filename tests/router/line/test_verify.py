"""The verifier over real repositories, runners and sandboxes (host: the walls are tested with the backends)."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from router.line.feedback import HELD_OUT
from router.line.overlay import restore
from router.line.verdict import Verdict
from router.packet import DEFAULT_PROTECTED

BASE = {
    "app.py": "def clamp(x, low, high):\n    return max(low, x)\n",
    "tests/test_app.py": "from app import clamp\n\n\ndef test_low():\n    assert clamp(-1, 0, 9) == 0\n\n\n"
    "def test_high():\n    assert clamp(12, 0, 9) == 9\n",
    "tests/case_app.py": "import unittest\nfrom app import clamp\n\n\nclass Case(unittest.TestCase):\n"
    "    def test_low(self):\n        self.assertEqual(clamp(-1, 0, 9), 0)\n\n"
    "    def test_high(self):\n        self.assertEqual(clamp(12, 0, 9), 9)\n",
    "tests/__init__.py": "",
    "check.sh": "python3 -c 'from app import clamp; raise SystemExit(clamp(12, 0, 9) != 9)'\n",
}
RIGHT = {"app.py": "def clamp(x, low, high):\n    return min(high, max(low, x))\n"}
WRONG = {"app.py": "def clamp(x, low, high):\n    return 0\n"}
NARROW = {"app.py": "def clamp(x, low, high):\n    return min(9, max(0, x))\n"}


def planted(verdict: Verdict) -> list[str]:
    return [check.why for check in verdict.checks if check.kind == "canary"]


async def test_unittest_runs_with_planted_tests_and_compared_values(tmp_path: Path, judged) -> None:
    verdict = await judged(tmp_path, BASE, RIGHT, "python -m unittest tests.case_app")
    assert (verdict.decision, verdict.explicit) == ("accepted", True), verdict
    (told,) = planted(verdict)  # which of the two tests get a twin is drawn
    assert told in {f"{count} planted tests failed as they must" for count in (1, 2)}
    assert [check.why for check in verdict.checks if check.name == "values"] == [
        "2 expectations compared outside of the process that ran the code"
    ]


async def test_a_command_that_names_one_test_gets_its_twin_and_does_not_stop_early(tmp_path: Path, judged) -> None:
    verdict = await judged(tmp_path, BASE, RIGHT, "python -m pytest -x tests/test_app.py::test_high")
    assert verdict.passed, verdict
    assert planted(verdict) == ["1 planted tests failed as they must"]
    run = verdict.checks[0].run
    assert run is not None and [test.id for test in run.tests] == ["tests/test_app.py::test_high"]


async def test_a_wrong_patch_is_told_which_public_tests_fail(tmp_path: Path, judged) -> None:
    verdict = await judged(tmp_path, BASE, WRONG, "python -m pytest tests")
    assert verdict.decision == "rejected"
    assert verdict.base_failures == ("tests/test_app.py::test_high",)
    assert "assert 0 == 9" in verdict.feedback


@pytest.mark.parametrize(("change", "decision", "told"), [(NARROW, "rejected", HELD_OUT), (RIGHT, "accepted", "")])
async def test_an_executable_scenario_is_run_against_the_patched_tree(
    tmp_path: Path, judged, write, change: Mapping[str, str], decision: str, told: str
) -> None:
    scenario = tmp_path / "hidden"
    program = (
        "#!/bin/sh\ntest -f \"$SCENARIO_DIR/data\" && python3 -c 'from app import clamp; assert clamp(7, 1, 5) == 5'\n"
    )
    write(scenario, {"check": program, "data": ""})
    (scenario / "check").chmod(0o755)
    verdict = await judged(tmp_path / "a", BASE, change, "python -m pytest tests", scenarios=(scenario,))
    assert (verdict.decision, verdict.feedback) == (decision, told)
    assert [(c.passed, c.explicit) for c in verdict.checks if c.kind == "scenario"] == [(decision == "accepted", False)]


async def test_an_exit_code_is_weak_and_a_check_that_never_fails_is_void(tmp_path: Path, judged) -> None:
    weak = await judged(tmp_path / "a", BASE, RIGHT, "sh check.sh")
    assert (weak.decision, weak.explicit) == ("weak", False)
    accepted = await judged(tmp_path / "b", BASE, RIGHT, "sh check.sh", accept_exit_code=True)
    assert (accepted.decision, accepted.explicit) == ("accepted", False)
    void = await judged(tmp_path / "c", BASE, RIGHT, "true", accept_exit_code=True)
    assert void.decision == "void"
    nothing = await judged(tmp_path / "d", BASE, RIGHT)
    assert nothing.decision == "void"


async def test_a_screened_patch_runs_nothing(tmp_path: Path, judged) -> None:
    change = {**RIGHT, "tests/test_app.py": "def test_low():\n    pass\n"}
    verdict = await judged(tmp_path, BASE, change, "python -m pytest tests")
    assert verdict.decision == "rejected"
    assert verdict.feedback == "tests/test_app.py: protected path touched"
    assert not (tmp_path / "work").exists()


def test_trusted_files_win_over_whatever_a_tree_holds(tmp_path: Path, write) -> None:
    trusted, tree = tmp_path / "trusted", tmp_path / "tree"
    write(trusted, {"tests/test_a.py": "trusted", "tests/deep/data.txt": "kept", "app.py": "base"})
    write(tree, {"tests/test_a.py": "changed", "app.py": "patched", "app/conftest.py": "x", "a/__pycache__/m.pyc": "x"})
    (tree / "tests" / "deep").symlink_to(tmp_path)
    restore(tree, trusted, DEFAULT_PROTECTED)
    assert (tree / "tests/test_a.py").read_text() == "trusted"
    assert (tree / "tests/deep/data.txt").read_text() == "kept"
    assert not (tree / "tests/deep").is_symlink()
    assert (tree / "app.py").read_text() == "patched"
    assert not (tree / "app/conftest.py").exists() and not (tree / "a/__pycache__/m.pyc").exists()
    assert not (tmp_path / "data.txt").exists()
