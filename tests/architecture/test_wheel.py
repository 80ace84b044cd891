"""The wheel works where agents work: in folders that hold packages of the same names."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A clean environment with our wheel; the dependencies are lent by the development environment."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("*.whl")
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, timeout=60)
    site = next(venv.glob("lib/python*/site-packages"))
    install = [str(venv / "bin/pip"), "install", "-q", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, timeout=60)
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return venv / "bin" / "codergen"


@pytest.fixture
def decoys(tmp_path):
    """A folder as users have them, in which every one of our names is somebody else's package."""
    for name in ("codergen", "router", "providers", "prompts", "evals"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('a decoy was imported')\n")
    return tmp_path


@pytest.mark.timeout(120)
@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["run", "--help"], ["route", "--help"]])
def test_the_console_script_imports_its_own_packages(installed, decoys, arguments):
    done = subprocess.run([installed, *arguments], cwd=decoys, env=ENV, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")


def test_python_isolated_imports_its_own_packages(installed, decoys):
    python = installed.with_name("python")
    done = subprocess.run([python, "-I", "-m", "codergen", "--version"], cwd=decoys, env=ENV, capture_output=True)
    assert done.returncode == 0


def test_a_sibling_from_elsewhere_is_named_in_one_sentence(installed, decoys):
    (decoys / "codergen").rename(decoys / "other")
    env = {**ENV, "PYTHONPATH": "."}
    done = subprocess.run([installed, "--version"], cwd=decoys, env=env, capture_output=True, text=True)
    assert done.returncode != 0
    assert "would come from" in done.stderr and "PYTHONPATH unset" in done.stderr


def test_the_wheel_holds_what_the_product_needs_and_nothing_of_the_tests(installed):
    site = next(installed.parent.parent.glob("lib/python*/site-packages"))
    for name in ("prompts/families/plain", "codergen/inside/run_tests.py", "evals/suites"):
        assert (site / name).exists(), name
    assert not (site / "tests").exists()
