"""`.ci/install` takes uv where it works, else pip: the real script and the real pip, small packages, no network."""

import importlib.util
import os
import subprocess
import sys
import tarfile
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(120)

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "install"
BACKEND = """\
import pathlib, zipfile
def build_editable(folder, *_):
    with zipfile.ZipFile(pathlib.Path(folder) / "app-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("app-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: app\\nVersion: 1\\n")
        wheel.writestr("app-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("app-1.dist-info/RECORD", "")
    return "app-1-py3-none-any.whl"
"""
PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "app"
version = "1"
"""
SETUP = """\
import pathlib
pathlib.Path("{mark}").touch()
raise SystemExit("uv was built from its source")
"""


def make_wheel(folder: Path, name: str, tag: str, files: dict[str, str]) -> str:
    """Write a wheel; returns its hash as a lock names it."""
    path = folder / f"{name}-1-{tag}.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        wheel.writestr(f"{name}-1.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        wheel.writestr(f"{name}-1.dist-info/RECORD", "")
        for where, text in files.items():
            entry = zipfile.ZipInfo(where)
            entry.external_attr = 0o100755 << 16
            wheel.writestr(entry, text)
    return sha256(path.read_bytes()).hexdigest()


def make_source(folder: Path, mark: Path) -> str:
    """Write a source archive of uv that leaves a mark when it is built; returns its hash."""
    path = folder / "uv-1.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in (("setup.py", SETUP.format(mark=mark)), ("PKG-INFO", "Name: uv\nVersion: 1\n")):
            entry = tarfile.TarInfo(f"uv-1/{name}")
            entry.size = len(text)
            archive.addfile(entry, BytesIO(text.encode()))
    return sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkout with the script, a project without dependencies, and an environment that has pip and nothing else."""
    for name in (".ci", "links"):
        (tmp_path / name).mkdir()
    (tmp_path / ".ci" / "install").symlink_to(SCRIPT)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "backend.py").write_text(BACKEND)
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    pip = importlib.util.find_spec("pip")
    assert pip is not None and pip.origin is not None
    (next(venv.glob("lib/python*/site-packages")) / "pip").symlink_to(Path(pip.origin).parent)
    return tmp_path


def install(place: Path, *, uv_tag: str, uv_ends_with: int) -> subprocess.CompletedProcess[str]:
    links = place / "links"
    program = f'#!/bin/sh\necho "$@" >> "{place}/uv.log"\nexit {uv_ends_with}\n'
    uv = make_wheel(links, "uv", uv_tag, {"uv-1.data/scripts/uv": program})
    source = make_source(links, place / "built")
    thing = make_wheel(links, "thing", "py3-none-any", {"thing.py": ""})
    entry = f"uv==1 \\\n    --hash=sha256:{uv} \\\n    --hash=sha256:{source}\n    # via app (pyproject.toml:dev)\n"
    (place / ".ci/requirements-uv.lock").write_text(entry)
    (place / ".ci/requirements-dev.lock").write_text(f"{entry}thing==1 \\\n    --hash=sha256:{thing}\n")
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(links),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
    }
    return subprocess.run([".ci/install", "venv"], cwd=place, env=env, capture_output=True, text=True)


def installed(place: Path) -> set[str]:
    site = next((place / "venv").glob("lib/python*/site-packages"))
    return {path.name.partition("-")[0] for path in site.glob("*.dist-info")}


def test_uv_that_works_is_given_the_lock(place: Path) -> None:
    done = install(place, uv_tag="py3-none-any", uv_ends_with=0)
    assert (done.returncode, done.stderr) == (0, "")
    assert (place / "uv.log").read_text().endswith(" -r .ci/requirements-dev.lock\n")
    assert installed(place) == {"uv", "app"}


def test_uv_that_does_not_work_leaves_the_lock_to_pip(place: Path) -> None:
    done = install(place, uv_tag="py3-none-any", uv_ends_with=1)
    assert (done.returncode, "uv did not work here" in done.stderr) == (0, True)
    assert installed(place) == {"uv", "thing", "app"}


def test_a_platform_without_a_wheel_of_uv_builds_none_and_asks_pip_for_the_rest(place: Path) -> None:
    done = install(place, uv_tag="py3-none-win_arm64", uv_ends_with=0)
    assert (done.returncode, "uv did not work here" in done.stderr) == (0, True)
    assert installed(place) == {"thing", "app"}
    assert not (place / "built").exists()
