import pytest

from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.check import Check
from router.line.bundle import reproduction_record
from router.line.reproduce import SECOND_RUN_S, ending, reproduce
from router.line.terminal import REASONS, Terminal
from router.testing import make_repository

FLAKY = """
import pathlib
def test_a():
    mark = pathlib.Path("{mark}")
    seen = mark.exists()
    mark.touch()
    assert {holds}
"""


async def end_of(tmp_path, environment, command, files, **rules):
    commands = [command] if isinstance(command, str) else command
    timeout = rules.pop("timeout_s", 60)
    second_run_s = rules.pop("second_run_s", SECOND_RUN_S)
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
        second_run_s=second_run_s,
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


@pytest.mark.parametrize("first_time", ["not seen", "seen"])
async def test_a_test_that_fails_once_and_passes_once_is_flaky_and_shows_nothing(tmp_path, environment, first_time):
    files = {"test_a.py": FLAKY.format(mark=tmp_path / "mark", holds=first_time)}
    found, terminal = await end_of(tmp_path, environment, "python -m pytest -q", files)
    assert str(terminal) == "escalate/missing_context"
    assert found.flaky == ("test_a.py::test_a",) and "test_a.py::test_a" in terminal.why
    assert [run.passed for run in (*found.runs, *found.again)] == [first_time == "not seen", first_time != "not seen"]


async def test_beside_a_flaky_test_only_what_fails_both_times_counts(tmp_path, environment):
    files = {
        **FAILING,
        "test_b.py": FLAKY.format(mark=tmp_path / "mark", holds="seen"),
        "test_c.py": "def test_c(): 1\n",
    }
    checks = ["python -m pytest -q test_c.py", "python -m pytest -q test_a.py test_b.py"]
    found, terminal = await end_of(tmp_path, environment, checks, files)
    assert terminal is None
    assert [run.check.command for run in found.again] == checks[1:]
    assert [test.id for test in found.failing.failing] == ["test_a.py::test_a"]
    assert found.flaky == ("test_b.py::test_a",)
    record = reproduction_record(found, None, required=True)
    assert record.state == "reproduced"
    assert record.why.endswith("it failed in two clean checkouts; flaky and not counted: test_b.py::test_a")


async def test_tests_that_change_their_names_with_each_run_show_nothing(tmp_path, environment):
    test = "import os, pytest\n@pytest.mark.parametrize('n', [os.urandom(8).hex()])\ndef test_a(n): assert False\n"
    found, terminal = await end_of(tmp_path, environment, "python -m pytest -q", {"test_a.py": test})
    assert str(terminal) == "escalate/missing_context" and "no test failed in both" in terminal.why
    assert found.flaky == ()


async def test_an_exit_code_that_fails_each_time_does_not_carry_a_flaky_test(tmp_path, environment):
    files = {"test_a.py": FLAKY.format(mark=tmp_path / "mark", holds="seen")}
    checks = ["python -m pytest -q", "false"]
    found, terminal = await end_of(tmp_path, environment, checks, files)
    assert str(terminal) == "escalate/missing_context" and "test_a.py::test_a" in terminal.why
    taken = ending(found, must_fail=True, accept_exit_code=True, no_op_rules=())
    assert taken is None and found.failing.check.command == "false"


async def test_slow_checks_that_fail_run_once_and_the_evidence_says_so(tmp_path, environment):
    found, terminal = await end_of(tmp_path, environment, "python -m pytest -q", FAILING, second_run_s=0)
    assert terminal is None and found.again == ()
    assert "it ran once" in reproduction_record(found, None, required=True).why


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
