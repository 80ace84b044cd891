import pytest

from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.check import Check
from codergen.tools.environment import python_environment
from router.line.reproduce import ending, reproduce
from router.line.terminal import REASONS, Terminal
from router.testing import make_repository

FLAKY = """
import pathlib, pytest
def test_a():
    mark = pathlib.Path("{mark}")
    seen = mark.exists()
    mark.touch()
    assert not seen
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    return python_environment(tmp_path_factory.mktemp("cache"))


async def end_of(tmp_path, environment, command, files, **rules):
    commands = [command] if isinstance(command, str) else command
    timeout = rules.pop("timeout_s", 10)
    repo = await make_repository(tmp_path, files)

    def spec(workspace):
        return SandboxSpec(workspace=workspace, mounts=environment.mounts, path=environment.path)

    found = await reproduce(
        repo=repo,
        checks=[Check(command=command, timeout_s=timeout) for command in commands],
        environment=environment,
        sandbox_factory=HostSandbox,
        work=tmp_path / "work",
        spec=spec,
    )
    defaults = {"must_fail": True, "accept_exit_code": False, "no_op_rules": ("not_reproducible",)}
    return found, ending(found, **{**defaults, **rules})


PASSING = {"test_a.py": "def test_a(): pass\n"}
FAILING = {"test_a.py": "def test_a(): assert False\n"}
HANGING = {"test_a.py": "def test_a():\n    while True:\n        pass\n"}

CASES = [
    ("python -m pytest -q", FAILING, {}, None),
    ("python -m pytest -q", PASSING, {}, "no_op/not_reproducible"),
    ("python -m pytest -q", PASSING, {"no_op_rules": ()}, "escalate/missing_context"),
    ("python -m pytest -q", PASSING, {"must_fail": False}, None),
    ("python -m unittest", PASSING, {}, "escalate/missing_context"),
    ("python -m pytest -q gone.py", PASSING, {}, "escalate/missing_context"),
    ("python -m pytest -q", {"test_a.py": "import gone\n"}, {}, "escalate/missing_context"),
    ("python -m pytest -q", {"test_a.py": "import os; os._exit(0)\n"}, {}, "escalate/missing_context"),
    ("python -m pytest -q", HANGING, {"timeout_s": 1}, "retryable_failure/timeout"),
    ("no-such-program", PASSING, {}, "retryable_failure/environment"),
    ("./test_a.py", PASSING, {}, "retryable_failure/environment"),
    ("true", PASSING, {}, "escalate/weak_evidence"),
    ("false", PASSING, {}, "escalate/weak_evidence"),
    ("true", PASSING, {"accept_exit_code": True}, "no_op/not_reproducible"),
    ("false", PASSING, {"accept_exit_code": True}, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (["python -m pytest -q test_bad.py", "true"], None),
        (["true", "python -m pytest -q test_bad.py"], None),
        (["python -m pytest -q test_good.py", "true"], "escalate/weak_evidence"),
        (["python -m pytest -q test_good.py", "false"], "escalate/weak_evidence"),
    ],
)
async def test_an_exit_code_beside_tests_is_asked_but_shows_no_fault(tmp_path, environment, commands, expected):
    files = {"test_good.py": "def test_a(): pass\n", "test_bad.py": "def test_a(): assert False\n"}
    _, terminal = await end_of(tmp_path, environment, commands, files)
    assert (str(terminal) if terminal else None) == expected


@pytest.mark.parametrize(("command", "files", "rules", "expected"), CASES)
async def test_what_the_base_alone_decides(tmp_path, environment, command, files, rules, expected):
    _, terminal = await end_of(tmp_path, environment, command, files, **rules)
    assert (str(terminal) if terminal else None) == expected
    assert terminal is None or terminal.why


async def test_a_no_op_ran_the_check_twice_in_two_clean_checkouts(tmp_path, environment):
    found, terminal = await end_of(tmp_path, environment, "python -m pytest -q", PASSING)
    assert terminal is not None and terminal.state == "no_op"
    assert [run.passed for run in (*found.runs, *found.again)] == [True, True]


async def test_a_check_that_passes_once_and_fails_once_is_no_no_op(tmp_path, environment):
    files = {"test_a.py": FLAKY.format(mark=tmp_path / "mark")}
    _, terminal = await end_of(tmp_path, environment, "python -m pytest -q", files)
    assert str(terminal) == "escalate/weak_evidence"


def test_exit_codes_of_terminal_states_are_those_of_the_table():
    codes = {
        f"{state}/{reason}": Terminal(state=state, reason=reason).exit_code
        for state in REASONS
        for reason in REASONS[state]
    }
    assert {code for pair, code in codes.items() if pair.startswith("escalate")} == {4}
    assert {code for pair, code in codes.items() if pair.startswith(("no_op", "pr_ready"))} == {0}
    assert {pair: code for pair, code in codes.items() if pair.startswith("retryable")} == {
        "retryable_failure/provider": 7,
        "retryable_failure/sandbox": 9,
        "retryable_failure/environment": 9,
        "retryable_failure/worker": 1,
        "retryable_failure/timeout": 124,
    }


def test_a_state_with_a_reason_of_another_state_cannot_be_made():
    with pytest.raises(ValueError, match="pr_ready has no reason 'budget'"):
        Terminal(state="pr_ready", reason="budget")
