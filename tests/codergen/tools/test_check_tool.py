"""check: real test runs as an answer to a model."""

import sys
from pathlib import Path

from codergen.tools.base import ToolContext
from codergen.tools.check import Check, Environment
from codergen.tools.check_tool import CheckArguments, RunChecks

HERE = Environment(python=sys.executable, mounts=(), path=())
TESTS = Check(command="python -m unittest -q test_a")


def project(workspace: Path, value: int) -> None:
    (workspace / "a.py").write_text(f"def answer():\n    return {value}\n")
    (workspace / "test_a.py").write_text(
        "import unittest\nfrom a import answer\n\n"
        "class T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(answer(), 42)\n"
    )


async def test_a_failing_check_shows_the_failing_test(workspace: Path, context: ToolContext) -> None:
    project(workspace, 41)
    result = await RunChecks([TESTS], HERE).run(CheckArguments(), context)
    assert not result.is_error
    assert result.details["passed"] is False
    (run,) = result.details["runs"]
    assert [test["id"] for test in run["failing"]] == ["test_a.T.test_it"]
    assert "41 != 42" in result.content


async def test_checks_run_in_order_until_one_fails(workspace: Path, context: ToolContext) -> None:
    project(workspace, 42)
    never = Check(command="touch never")
    tool = RunChecks([TESTS, Check(command="false"), never], HERE)
    result = await tool.run(CheckArguments(), context)
    assert [run["passed"] for run in result.details["runs"]] == [True, False]
    assert not (workspace / "never").exists()


async def test_all_passing(workspace: Path, context: ToolContext) -> None:
    project(workspace, 42)
    result = await RunChecks([TESTS], HERE).run(CheckArguments(), context)
    assert result.details["passed"] is True
    assert "1 passed, 0 failed" in result.content


async def test_no_check_never_passes(context: ToolContext) -> None:
    assert (await RunChecks([], HERE).run(CheckArguments(), context)).details["passed"] is False
