import pytest

from router.line.detect import detect_test_command

CASES = [
    ({"pytest.ini": "", "a.py": ""}, ("python -m pytest -q", "pytest.ini")),
    ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, ("python -m pytest -q", "pyproject.toml")),
    ({"pyproject.toml": "[project]\nname='x'\n", "tests/test_a.py": "def test_a(): pass"},
     ("python -m pytest -q", "tests/test_a.py")),
    ({"setup.cfg": "[tool:pytest]\n"}, ("python -m pytest -q", "setup.cfg")),
    ({"tests/test_a.py": "import unittest\nclass A(unittest.TestCase): pass\n"},
     ("python -m unittest discover -s tests", "tests/test_a.py")),
    ({"tests/__init__.py": "", "tests/test_a.py": "import unittest\nclass A(unittest.TestCase): pass\n"},
     ("python -m unittest discover -s tests -t .", "tests/test_a.py")),
    ({"test_a.py": "import unittest\n"}, ("python -m unittest", "test_a.py")),
    ({"tests/test_a.py": "import unittest, pytest\n"}, ("python -m pytest -q", "tests/test_a.py")),
    ({"Makefile": "all:\n\ntest:\n\ttrue\n"}, ("make test", "Makefile")),
    ({"package.json": '{"scripts": {"test": "jest"}}'}, ("npm test", "package.json")),
    ({"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'}, None),
    ({"pyproject.toml": "not [toml", "README": ""}, None),
    ({}, None),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), CASES)
def test_the_test_command_comes_from_the_repositorys_own_files(files, expected):
    found = detect_test_command(sorted(files), lambda name: files[name])
    assert (found and (found.command, found.source)) == expected
