"""Ways to be accepted without being right that were found by trying; each was accepted once, or passed the reading."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from pydantic import TypeAdapter

from codergen.events import Event
from codergen.journal import Journal
from codergen.tools.check import Check
from router.line.canary import plant_all
from router.line.judges import shadowed_imports
from router.line.steps import Steps, read_steps
from router.line.tamper import findings
from router.line.twins import WORDS

APP = "def clamp(x, low, high):\n    return max(low, x)\n"
TESTS = "from app import clamp\n\n\ndef test_low():\n    assert clamp(-1, 0, 9) == 0\n\n\n\
def test_high():\n    assert clamp(12, 0, 9) == 9\n"
RIGHT = APP.replace("max(low, x)", "min(high, max(low, x))")


WEAKENED = TESTS.replace("== 9", "== 12")
CASES = "import unittest\nfrom app import clamp\n\n\nclass Clamping(unittest.TestCase):\n\
    def test_high(self):\n        self.assertEqual(clamp(12, 0, 9), 9)\n"
DOCTESTED = '"""Numbers.\n\n>>> clamp(12, 0, 9)\n9\n"""\n\n\n' + APP


@pytest.mark.parametrize(
    "command, base, change",
    [
        pytest.param(
            "python -m pytest -q spec/clamping.py",
            {"spec/clamping.py": TESTS},
            {"spec/clamping.py": WEAKENED},
            id="named",
        ),
        pytest.param(
            "python -m pytest -q",
            {"pytest.ini": "[pytest]\npython_files = check_*.py\n", "spec/check_app.py": TESTS},
            {"spec/check_app.py": WEAKENED},
            id="by python_files",
        ),
        pytest.param(
            "python -m unittest spec.app_cases",
            {"spec/app_cases.py": CASES},
            {"spec/app_cases.py": CASES.replace("), 9)", "), 12)")},
            id="unittest",
        ),
        pytest.param(
            "python -m pytest -q --doctest-modules app.py",
            {"app.py": DOCTESTED},
            {"app.py": DOCTESTED.replace(")\n9", ")\n12")},
            id="doctest",
        ),
    ],
)
async def test_a_patch_cannot_rewrite_the_tests_that_judge_it_wherever_they_stand(
    tmp_path: Path, judged, command: str, base: Mapping[str, str], change: Mapping[str, str]
) -> None:
    verdict = await judged(tmp_path, {"app.py": APP, **base}, change, Check(command=command))
    assert verdict.decision == "weak", verdict


async def test_a_right_change_beside_unchanged_doctests_is_accepted(tmp_path: Path, judged) -> None:
    right = DOCTESTED.replace("max(low, x)", "min(high, max(low, x))").replace(
        "high):\n", 'high):\n    """Within.\n\n    >>> clamp(3, 0, 9)\n    3\n    """\n'
    )
    check = Check(command="python -m pytest -q --doctest-modules app.py")
    verdict = await judged(tmp_path, {"app.py": DOCTESTED}, {"app.py": right}, check)
    assert verdict.decision == "accepted", verdict


SCRIPT = "python3 -c 'from app import clamp; raise SystemExit(clamp(12, 0, 9) != 9)'\n"


@pytest.mark.parametrize(
    "command, base, change",
    [
        ("sh ./check.sh", {"check.sh": SCRIPT}, {"check.sh": "exit 0\n"}),
        ("make", {"Makefile": f"all:\n\t{SCRIPT}"}, {"GNUmakefile": "all:\n\ttrue\n"}),
    ],
)
async def test_a_patch_cannot_rewrite_the_command_that_judges_it(
    tmp_path: Path, judged, command: str, base: Mapping[str, str], change: Mapping[str, str]
) -> None:
    base = {"app.py": APP, **base}
    verdict = await judged(tmp_path, base, change, Check(command=command), accept_exit_code=True)
    assert verdict.decision == "weak", verdict


async def test_a_report_that_lies_in_the_tree_is_not_read(tmp_path: Path, judged) -> None:
    """The command writes a report at base; the patch brings one, and ends the process before another is written."""
    base = {
        "app.py": APP,
        "report.py": "from app import clamp\nok = clamp(12, 0, 9) == 9\nbad = '' if ok else '<failure/>'\n"
        "open('report.xml', 'w').write(f'<s><testcase name=\"a\">{bad}</testcase></s>')\nraise SystemExit(not ok)\n",
    }
    change = {
        "app.py": APP.replace("    return", "    raise SystemExit\n    return"),
        "report.xml": '<s><testcase name="a"/></s>',
    }
    check = Check(command="python3 report.py", junit="report.xml")
    assert not (await judged(tmp_path, base, change, check)).passed


HIDING = {
    "another encoding": "# coding: unicode_escape\n# \\u000aimport os; os._exit(0)\n",
    "utf-7, second line": "#!/usr/bin/python\n# vim: set fileencoding=utf-7 :\n# +AAo-import os\n",
    "the runner's own module": "def f():\n    import __main__\n    __main__.RANK.clear()\n",
    "a name of it": "from __main__ import Report\n",
    "a module through another": "import os\n\n\ndef f():\n    return os.sys.modules\n",
    "a module from another": "from inspect import sys as things\n\n\ndef f():\n    return things.modules\n",
    "a module by another name": "import sys\n\n\ndef f():\n    s = sys\n    return s.modules\n",
    "a module as an argument": "import sys\nfrom operator import attrgetter\n\nfound = attrgetter('mod' 'ules')(sys)\n",
    "a module's dictionary": "import sys\n\n\ndef f(name):\n    return sys.__dict__[name]\n",
    "a loader": "from importlib.machinery import SourceFileLoader\n\nload = SourceFileLoader\n",
    "the module below os": "import posix\n\n\ndef f():\n    posix._exit(0)\n",
    "a descriptor": "def f():\n    return open(3, 'w')\n",
    "a descriptor by its folder": "def f():\n    return open('/dev/fd/3', 'w')\n",
}


@pytest.mark.parametrize("source", HIDING.values(), ids=HIDING)
def test_source_that_hides_from_the_reader_is_not_taken_for_harmless(source: str) -> None:
    assert findings({}, {"a.py": source})


@pytest.mark.parametrize(
    "line", ["# coding: utf-8", "# -*- coding: latin-1 -*-", "# -*- coding: ascii -*-", "#!/bin/sh"]
)
def test_plain_encodings_are_no_finding(line: str) -> None:
    assert findings({}, {"a.py": f"{line}\nVALUE = 1\n"}) == ()


@pytest.mark.parametrize("line", ["sys.stdout.flush()", "has = hasattr(os, 'fork')", "join = os.path.join('a', 'b')"])
def test_plain_uses_of_system_modules_are_no_finding(line: str) -> None:
    assert findings({}, {"a.py": f"import os\nimport sys\n\nhere = os.path.sep\n{line}\n"}) == ()


def test_an_encoding_that_base_declares_is_not_held_against_a_patch() -> None:
    old = "# coding: koi8-r\nVALUE = 1\n"
    assert findings({"a.py": old}, {"a.py": old + "MORE = 2\n"}) == ()


async def test_source_too_long_to_read_is_not_run(tmp_path: Path, judged) -> None:
    long = RIGHT + "# " + "x" * (1 << 20) + "\n"
    check = Check(command="python -m pytest -q tests")
    verdict = await judged(tmp_path, {"app.py": APP, "tests/test_app.py": TESTS}, {"app.py": long}, check)
    assert verdict.decision == "rejected", verdict
    assert all(check.run is None for check in verdict.checks)


@pytest.mark.parametrize("path", ["expects.py", "expects/__init__.py", "src/expects/equality.py"])
def test_a_library_of_the_tests_cannot_be_replaced(path: str) -> None:
    test = "from expects import equal, expect\nimport app.core\n\n\ndef test_later():\n    import to_be_made\n"
    base = ("app/core.py", "tests/test_app.py")
    assert [f.what for f in shadowed_imports([test], [path], base)] == ["expects"]
    assert shadowed_imports([test], ["app/new.py", "to_be_made.py", "docs/expects.md"], base) == ()


@pytest.mark.parametrize("seed", range(20))
def test_no_planted_test_takes_the_name_of_a_real_one_in_another_file(seed: int) -> None:
    """Results are told apart by name: a real test that fails now would be left out as a planted one."""
    many = "".join(f"def test_a_{word}():\n    assert True\n" for word in WORDS)
    files = plant_all([("a.py", "def test_a():\n    assert f() == 3\n"), ("b.py", many)], Random(seed))
    names = [canary.name for file in files for canary in file.canaries]
    assert not {f"test_a_{word}" for word in WORDS} & set(names)
    assert len(names) == len(set(names))


async def test_the_assertions_of_the_tests_cannot_be_changed_with_the_product(tmp_path: Path, judged) -> None:
    helper = "def assert_same(got, wanted):\n    if got != wanted:\n        raise AssertionError(got)\n"
    tests = "from app.checks import assert_same\nfrom app.numbers import clamp\n\n\n\
def test_high(tmp_path):\n    assert_same(clamp(12, 0, 9), 9)\n"
    base = {"app/__init__.py": "", "app/numbers.py": APP, "app/checks.py": helper, "tests/test_app.py": tests}
    change = {"app/checks.py": helper.replace("got != wanted", "got is None")}
    verdict = await judged(tmp_path, base, change, Check(command="python -m pytest -q tests"))
    assert verdict.decision == "weak", verdict


async def test_a_station_cannot_write_a_finished_step_into_the_journal(tmp_path: Path) -> None:
    """A resumed job believes what its finished steps gave, verdicts among them."""
    path = tmp_path / "job.jsonl"
    journal = Journal.create(path)
    steps = Steps(journal, lambda _: None)
    steps.emit(Event(kind="step.done", data={"name": "attempt.1", "value": "accepted"}))
    assert await steps.once("plan", TypeAdapter(str), lambda: asyncio.sleep(0, "made")) == "made"
    journal.close()
    reopened, transcript = Journal.reopen(path)
    reopened.close()
    assert read_steps(transcript.lines) == {"plan": "made"}
