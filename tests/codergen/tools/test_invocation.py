import pytest

from codergen.tools.invocation import Invocation, parse_command

CASES = [
    ("pytest -q tests", Invocation(runner="pytest", args=("-q", "tests"))),
    ("python -m pytest -q", Invocation(runner="pytest", args=("-q",), cwd_on_path=True)),
    ("python3.11 -X dev -m pytest", Invocation(runner="pytest", args=(), cwd_on_path=True)),
    ("PYTHONPATH=src pytest", Invocation(runner="pytest", args=(), env=(("PYTHONPATH", "src"),))),
    ("python -m unittest tests.test_a", Invocation(runner="unittest", args=("tests.test_a",), cwd_on_path=True)),
    ("pytest 'tests/test_a.py::test_b[1]'", Invocation(runner="pytest", args=("tests/test_a.py::test_b[1]",))),
    ("true", Invocation(runner="command", args=("/bin/bash", "-c", "true"))),
    ("make test && true", Invocation(runner="command", args=("/bin/bash", "-c", "make test && true"))),
    ("A=1 make", Invocation(runner="command", args=("/bin/bash", "-c", "A=1 make"))),
    (
        "python script.py -m pytest",
        Invocation(runner="command", args=("/bin/bash", "-c", "python script.py -m pytest")),
    ),
    ("it's broken", Invocation(runner="command", args=("/bin/bash", "-c", "it's broken"))),
]


@pytest.mark.parametrize(("command", "expected"), CASES)
def test_a_command_is_recognised_as_what_it_runs(command, expected):
    assert parse_command(command) == expected


def test_a_test_runner_followed_by_another_command_is_no_test_runner():
    assert parse_command("pytest -q; true").runner == "command"
    assert parse_command("pytest || true").runner == "command"
    assert parse_command("python -m pytest | cat").runner == "command"
