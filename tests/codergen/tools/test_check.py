import pytest

from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.check import Check, TestResult, parse_junit, run_check
from codergen.tools.environment import python_environment


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    return python_environment(tmp_path_factory.mktemp("cache"))


@pytest.fixture
async def box(tmp_path, environment):
    workspace = tmp_path / "ws"
    workspace.mkdir()
    sandbox = HostSandbox()
    await sandbox.start(
        SandboxSpec(workspace=workspace, mounts=environment.mounts, env=environment.env, path=environment.path)
    )
    yield sandbox
    await sandbox.stop()


async def run(box, environment, command, files, **check):
    for path, text in files.items():
        await box.write_file(path, text.encode())
    return await run_check(box, Check(command=command, **check), environment)


PYTEST = """
import pytest
def test_good(): print("noise on stdout")
def test_bad(): assert 1 + 1 == 3
def test_error(missing_fixture): pass
@pytest.mark.skip(reason="later")
def test_skip(): pass
@pytest.mark.xfail
def test_x(): assert False
class TestIn:
    @pytest.mark.parametrize("n", [1, 2])
    def test_p(self, n): assert n == 1
"""


async def test_pytest_is_read_test_by_test(box, environment):
    result = await run(box, environment, "python -m pytest -q tests", {"tests/test_a.py": PYTEST})
    assert [(t.id, t.outcome) for t in result.tests] == [
        ("tests/test_a.py::test_good", "passed"),
        ("tests/test_a.py::test_bad", "failed"),
        ("tests/test_a.py::test_error", "error"),
        ("tests/test_a.py::test_skip", "skipped"),
        ("tests/test_a.py::test_x", "xfailed"),
        ("tests/test_a.py::TestIn::test_p[1]", "passed"),
        ("tests/test_a.py::TestIn::test_p[2]", "failed"),
    ]
    assert (result.runner, result.exit_code, result.problem, result.passed) == ("pytest", 1, None, False)
    assert "assert (1 + 1) == 3" in result.tests[1].message
    assert "noise on stdout" not in [t.id for t in result.tests]


async def test_only_keeps_the_named_tests(box, environment):
    await box.write_file("tests/test_a.py", PYTEST.encode())
    check = Check(command="python -m pytest -q tests")
    result = await run_check(box, check, environment, only=["tests/test_a.py::test_good"])
    assert [t.id for t in result.tests] == ["tests/test_a.py::test_good"]
    assert result.passed


UNITTEST = """
import unittest
class A(unittest.TestCase):
    def test_good(self): pass
    def test_bad(self): self.assertEqual(1, 2)
    def test_sub(self):
        for n in (1, 2):
            with self.subTest(n=n): self.assertEqual(n, 1)
    @unittest.skip("later")
    def test_skip(self): pass
class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise RuntimeError("no")
    def test_never(self): pass
"""


async def test_unittest_is_read_test_by_test(box, environment):
    result = await run(box, environment, "python -m unittest test_u", {"test_u.py": UNITTEST})
    outcomes = {t.id: t.outcome for t in result.tests}
    assert outcomes == {
        "test_u.A.test_good": "passed",
        "test_u.A.test_bad": "failed",
        "test_u.A.test_sub": "failed",
        "test_u.A.test_skip": "skipped",
        "setUpClass (test_u.Broken)": "error",
    }
    assert (result.runner, result.exit_code, result.passed) == ("unittest", 1, False)


PROBLEMS = [
    ("python -m pytest -q", {"test_a.py": "import nowhere_to_be_found\n"}, "collection_error"),
    ("python -m pytest -q", {"a.py": "x = 1\n"}, "no_tests"),
    ("python -m pytest -q tests/gone.py", {"a.py": ""}, "no_tests"),
    ("python -m unittest gone", {"a.py": ""}, "collection_error"),
    ("python -m unittest", {"a.py": ""}, "no_tests"),
    ("no-such-program --flag", {}, "not_found"),
    ("./plain.txt", {"plain.txt": "x"}, "not_found"),
    ("python -m pytest -q", {"test_a.py": "import os\ndef test_a(): os._exit(0)\n"}, "died"),
]


@pytest.mark.parametrize(("command", "files", "problem"), PROBLEMS)
async def test_a_check_that_could_not_run_says_why_and_never_passes(box, environment, command, files, problem):
    result = await run(box, environment, command, files)
    assert (result.problem, result.passed) == (problem, False)


async def test_a_check_that_hangs_times_out(box, environment):
    files = {"test_a.py": "import time\ndef test_a(): time.sleep(60)\n"}
    result = await run(box, environment, "python -m pytest -q", files, timeout_s=1.5)
    assert (result.problem, result.passed) == ("timeout", False)


async def test_an_exit_code_alone_is_not_explicit(box, environment):
    result = await run(box, environment, "true", {})
    assert (result.runner, result.explicit, result.passed) == ("exit_code", False, True)
    result = await run(box, environment, "exit 3", {})
    assert (result.exit_code, result.passed) == (3, False)


async def test_junit_makes_another_runner_explicit(box, environment):
    xml = '<testsuites><testsuite><testcase classname="a" name="b"/></testsuite></testsuites>'
    result = await run(box, environment, f"printf '%s' '{xml}' > out.xml", {}, junit="out.xml")
    assert (result.runner, result.tests, result.passed) == ("junit", (TestResult(id="a::b", outcome="passed"),), True)
    missing = await run(box, environment, "true", {}, junit="absent.xml")
    assert (missing.problem, missing.passed) == ("no_tests", False)


def test_a_junit_report_with_entities_is_no_report():
    assert parse_junit(b'<!DOCTYPE x [<!ENTITY a "b">]><testsuite><testcase name="c"/></testsuite>') == ()
    assert parse_junit(b"not xml") == ()


async def test_a_module_planted_under_the_runners_name_does_not_run(box, environment):
    files = {"test_a.py": "def test_a(): assert False\n", "pytest.py": "def main(*a, **k): return 0\n"}
    result = await run(box, environment, "python -m pytest -q test_a.py", files)
    assert [(t.id, t.outcome) for t in result.tests] == [("test_a.py::test_a", "failed")]
