"""Which command runs a repository's tests, from the repository's own files. Pure; says where it read it."""

import configparser
import json
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Read = Callable[[str], str]
_TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test)\.py$")


CONFIG_FILES = frozenset({"pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "Makefile", "package.json"})
"""Files that may say how tests are run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """A test command, and the file that speaks for it."""

    command: str
    source: str


def detect_test_command(files: Sequence[str], read: Read) -> Detected | None:
    """The command, or None when no file says one. `read` gives a file's text."""
    names = set(files)
    for source in ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"):
        if source in names and _configures_pytest(source, read(source)):
            return Detected(command="python -m pytest -q", source=source)
    tests = [name for name in files if is_test(name)]
    if tests:
        if all(_only_unittest(read(name)) for name in tests):
            return Detected(command=_unittest_command(tests, names), source=tests[0])
        return Detected(command="python -m pytest -q", source=tests[0])
    if "Makefile" in names and re.search(r"^test:", read("Makefile"), re.MULTILINE):
        return Detected(command="make test", source="Makefile")
    if "package.json" in names and _npm_test(read("package.json")):
        return Detected(command="npm test", source="package.json")
    return None


def is_test(path: str) -> bool:
    """Whether a path is a Python test file by the runners' naming rule."""
    return bool(_TEST_FILE.search(path))


def _configures_pytest(source: str, text: str) -> bool:
    if source == "pytest.ini":
        return True
    if source == "pyproject.toml":
        try:
            tool = tomllib.loads(text).get("tool", {})
        except tomllib.TOMLDecodeError:
            return False
        return "pytest" in tool
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return False
    return parser.has_section("pytest") or parser.has_section("tool:pytest")


def _only_unittest(text: str) -> bool:
    return "unittest" in text and not re.search(r"\bpytest\b|^(async )?def test", text, re.MULTILINE)


def _unittest_command(tests: Sequence[str], names: set[str]) -> str:
    folders = {name.rpartition("/")[0] for name in tests}
    if folders == {""}:
        return "python -m unittest"
    top = sorted({folder.split("/")[0] for folder in folders if folder})[0]
    # a folder that is no package cannot be imported from above it, and discovery then ends before its first test
    return f"python -m unittest discover -s {top}" + (" -t ." if f"{top}/__init__.py" in names else "")


def _npm_test(text: str) -> bool:
    try:
        command = str(json.loads(text)["scripts"]["test"])
    except (ValueError, KeyError, TypeError):
        return False
    return "no test specified" not in command
