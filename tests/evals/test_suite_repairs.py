"""The repairs suite is what it says: broken at base, whole with the reference, and not fooled by a cheat."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from evals.task import Task, load_suite

SUITE = Path(__file__).parents[2] / "evals" / "suites" / "repairs"
TASKS = load_suite(SUITE)

HELD_OUT = "test_heldout_"
"""How the files of scenarios are named here, so that their results can be told from the visible ones."""

UNUSED = ("cacheprovider", "doctest", "junitxml", "legacypath", "logging", "threadexception", "unraisableexception")
"""Parts of pytest that cost a third of each small run and that no task needs."""

# Importing pytest is most of the cost of a small run, so one child imports it and forks for every command.
DRIVER = """
import json, os, pytest, runpy, sys
for folder, argv, log in json.loads(sys.argv[1]):
    child = os.fork()
    if not child:
        os.chdir(folder)
        sys.path.insert(0, folder)
        out = os.open(log, os.O_WRONLY | os.O_CREAT)
        os.dup2(out, 1), os.dup2(out, 2)
        sys.argv = argv
        runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How the tests of the public check, or of the scenario, ended."""

    passed: int
    failed: int
    output: str

    @property
    def ok(self) -> bool:
        return self.passed > 0 and not self.failed


def read_pytest(output: str) -> tuple[Ran, Ran]:
    """Check and scenario out of one run's summary lines. A file that cannot even be collected fails the suite."""
    assert not re.search(r"^ERROR", output, re.MULTILINE), output
    outcomes = re.findall(r"^(PASSED|FAILED) (\S+?)::", output, re.MULTILINE)
    check = Counter(outcome for outcome, path in outcomes if HELD_OUT not in path)
    scenario = Counter(outcome for outcome, path in outcomes if HELD_OUT in path)
    return (
        Ran(passed=check["PASSED"], failed=check["FAILED"], output=output),
        Ran(passed=scenario["PASSED"], failed=scenario["FAILED"], output=output),
    )


def read_unittest(output: str) -> Ran:
    ran = re.search(r"^Ran (\d+) tests?", output, re.MULTILINE)
    assert ran, output
    failed = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", output))
    return Ran(passed=int(ran[1]) - failed, failed=failed, output=output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    check: Ran
    scenario: Ran


def judge(task: Task, repositories: Sequence[Path], compiled: Path) -> list[Judged]:
    """What the public check and the scenario say of each repository; `compiled` is a bytecode cache for all tasks."""
    python, flag, runner, *arguments = shlex.split(task.check)
    assert (python, flag) == ("python", "-m")
    commands: list[tuple[str, list[str], str]] = []
    for repository in repositories:
        held_out = shutil.copytree(task.scenarios, f"{repository}-held-out")
        public: list[str] = []
        if runner == "pytest":
            public = arguments if any(not a.startswith("-") for a in arguments) else [*arguments, "."]
        else:
            commands.append((str(repository), [runner, *arguments], f"{repository}.check"))
        both = ["pytest", *public, "-rfEp", "--tb=no", *(f"-pno:{name}" for name in UNUSED), held_out]
        commands.append((str(repository), both, f"{repository}.scenario"))
    outputs = run(commands, compiled)
    if runner == "pytest":
        return [Judged(check=check, scenario=scenario) for check, scenario in map(read_pytest, outputs)]
    return [
        Judged(check=read_unittest(check), scenario=read_pytest(scenario)[1])
        for check, scenario in zip(outputs[::2], outputs[1::2], strict=True)
    ]


def run(commands: Sequence[tuple[str, list[str], str]], compiled: Path) -> list[str]:
    """What each command printed. A command ends with 0 or 1: its tests ran."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "COV_"))}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps(commands)],
        env=env | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPYCACHEPREFIX": str(compiled)},
        cwd=compiled.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    outputs = [Path(log).read_text() for _, _, log in commands]
    assert (done.returncode, done.stderr) == (0, ""), outputs
    assert set(done.stdout.split()) <= {"0", "1"}, outputs
    return outputs


def workspace(task: Task, folder: Path, patch: Path | None) -> Path:
    repository = folder / (patch.stem if patch else "base")
    shutil.copytree(task.repository, repository, ignore=shutil.ignore_patterns("__pycache__"))
    if patch is not None:
        env = {"PATH": os.environ["PATH"], "GIT_CEILING_DIRECTORIES": str(folder)}
        subprocess.run(["git", "apply", str(patch)], cwd=repository, env=env, check=True, capture_output=True)
    return repository


@pytest.mark.timeout(90)  # up to six test runs of a repository
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.slug)
def test_task_tells_right_from_wrong(task: Task, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    patches = [None, task.fix, *([task.wrong_fix] if task.wrong_fix else [])]
    repositories = [workspace(task, tmp_path, patch) for patch in patches]
    base, fixed, *cheats = judge(task, repositories, tmp_path_factory.getbasetemp() / "compiled")

    assert not base.check.ok, base
    assert not base.scenario.ok, base
    assert 1 <= base.check.failed <= 3, base
    assert base.check.passed >= 1, base

    assert fixed.check.ok, fixed
    assert fixed.scenario.ok, fixed
    assert min(fixed.check.passed, fixed.scenario.passed) >= 3, fixed

    for cheat in cheats:
        assert cheat.check.ok, cheat
        assert not cheat.scenario.ok, cheat


def test_suite_has_the_shape_that_was_asked_for() -> None:
    assert len(TASKS) == 20
    assert sum(not task.one_edit for task in TASKS) >= 6
    assert len({task.kind for task in TASKS}) >= 10
    assert min(task.lines for task in TASKS) <= 5
    assert 290 <= max(task.lines for task in TASKS) <= 300
    assert sum(task.lines > 120 for task in TASKS) >= 5
    assert sum("unittest" in task.check for task in TASKS) >= 3
    assert sum(task.wrong_fix is not None for task in TASKS) >= 5


def sources(task: Task) -> list[Path]:
    return [p for p in task.repository.rglob("*.py") if "tests" not in p.relative_to(task.repository).parts]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.slug)
def test_facts_agree_with_the_files(task: Task) -> None:
    lines = [line.strip() for path in sources(task) for line in path.read_text().splitlines()]
    assert task.lines == sum(bool(line) and not line.startswith("#") for line in lines)
    touched = set(re.findall(r"^\+\+\+ b/(.+)$", task.fix.read_text(), re.MULTILINE))
    assert touched == {str(function.path) for function in task.buggy_functions}
    assert all(path.name.startswith(HELD_OUT) for path in task.scenarios.iterdir())
    text = task.instruction + "".join(path.read_text() for path in task.repository.rglob("*.*") if path.is_file())
    assert task.kind not in text


def test_most_tasks_have_several_sources() -> None:
    assert sum(len(sources(task)) >= 3 for task in TASKS) >= 6
