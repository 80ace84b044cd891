"""The program that runs patches side by side, as a process of its own on real files."""

import json
import subprocess
import sys

import pytest

from codergen.tools.check import INSIDE


@pytest.fixture
def compare(tmp_path):
    """Outcomes by call for patches of m.py, each given as (old, new, name of the function or None)."""

    def run(text, test, *patches):
        (tmp_path / "m.py").write_text(text)
        (tmp_path / "test_m.py").write_text(f"import unittest\nimport m\n\n\nclass T(unittest.TestCase):\n{test}\n")
        places = [["m.py", text[: text.index(f"def {name}(")].count("\n") + 1, name] for *_, name in patches if name]
        variants = [
            {
                "edits": [["m.py", text.index(old), text.index(old) + len(old), new, 0]],
                "places": [place for place in places if place[2] == name],
            }
            for old, new, name in patches
        ]
        request = {
            "runner": "unittest",
            "args": ["test_m"],
            "cwd_on_path": True,
            "pythonpath": [],
            "tests": ["test_*.py"],
            "seconds": 20,
            "edited": places,
            "variants": variants,
        }
        done = subprocess.run(
            [sys.executable, "-s", str(INSIDE / "compare_worker.py")],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=True,
        )
        table = json.loads(done.stdout)
        return {entry["call"]: entry["outcomes"] for entry in table["inputs"]}, table["compared"]

    return run


def test_a_default_that_a_patch_changes_shows_where_the_call_leaves_it_out(compare):
    text = "def width(n, unit=2):\n    return n * unit\n"
    test = "    def test_width(self):\n        self.assertEqual(m.width(1), 3)\n"
    found, _ = compare(text, test, ("unit=2", "unit=3", None), ("n * unit", "n + unit", "width"))
    assert found["width(2)"] == ["6", "4"]


def test_calls_are_compared_though_recursion_had_no_end(compare):
    text = "def depth(n):\n    return 1 + depth(n - 0) if n else 0\n"
    test = "    def test_depth(self):\n        self.assertEqual(m.depth(1), 1)\n"
    found, compared = compare(text, test, ("- 0", "- 1", "depth"), ("1 + depth(n - 0)", "1", "depth"))
    assert compared > 1
    assert found["depth(2)"] == ["2", "1"]
