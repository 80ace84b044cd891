"""locate: a real localisation as an answer."""

import json
import sys
from pathlib import Path

from codergen.tools.base import ToolContext
from codergen.tools.check import Check, Environment
from codergen.tools.locate_tool import Locate, LocateArguments

HERE = Environment(python=sys.executable, mounts=(), path=())


async def test_the_function_that_fails_comes_first(workspace: Path, context: ToolContext) -> None:
    (workspace / "a.py").write_text("def good():\n    return 1\n\n\ndef bad():\n    return 2\n")
    (workspace / "test_a.py").write_text(
        "import unittest\nfrom a import bad, good\n\n\nclass T(unittest.TestCase):\n"
        "    def test_good(self):\n        self.assertEqual(good(), 1)\n\n"
        "    def test_bad(self):\n        self.assertEqual(good() + bad(), 4)\n"
    )
    tool = Locate(Check(command="python -m unittest -q"), HERE)
    result = await tool.run(LocateArguments(), context)
    assert result.content.startswith("a.py:5-6 bad (")
    first = result.details["functions"][0]
    assert (first["path"], first["qualname"], first["start"], first["end"]) == ("a.py", "bad", 5, 6)
    assert [line for line, _ in first["lines"]] == [6]
    assert json.loads(json.dumps(result.details)) == result.details


async def test_nothing_to_rank_says_why(workspace: Path, context: ToolContext) -> None:
    (workspace / "test_a.py").write_text("import nothing_of_that_name\n")
    result = await Locate(Check(command="python -m pytest -q -p no:cacheprovider"), HERE).run(
        LocateArguments(), context
    )
    assert result.details["functions"] == []
    assert result.content.startswith("Nothing to rank.")
    assert len(result.content) > len("Nothing to rank. ")
