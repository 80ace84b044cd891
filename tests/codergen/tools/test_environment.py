import subprocess
from pathlib import Path

import pytest

from codergen.errors import UsageError
from codergen.tools.environment import python_environment


def test_our_environment_has_pytest_and_none_of_our_packages(tmp_path):
    environment = python_environment(tmp_path)
    script = (
        "import pytest, importlib.util as u; "
        "print([n for n in ('codergen', 'router', 'providers', 'litellm') if u.find_spec(n)])"
    )
    done = subprocess.run([environment.python, "-c", script], capture_output=True, text=True, cwd=tmp_path, env={})
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert "pytest" in environment.description


def test_it_is_made_once_and_reused(tmp_path):
    first = python_environment(tmp_path)
    stamp = Path(first.python).lstat().st_mtime_ns
    assert python_environment(tmp_path) == first
    assert Path(first.python).lstat().st_mtime_ns == stamp


def test_the_repositorys_own_environment_wins(tmp_path):
    repository = tmp_path / "repo"
    subprocess.run(["python3", "-m", "venv", "--without-pip", str(repository / ".venv")], check=True)
    environment = python_environment(tmp_path / "cache", repository)
    assert environment.python == str(repository / ".venv/bin/python")
    assert environment.description.endswith("no pytest")
    assert not (tmp_path / "cache").exists()


def test_a_python_that_does_not_run_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"(?s)nowhere/python.*--python"):
        python_environment(tmp_path, python=tmp_path / "nowhere/python")
