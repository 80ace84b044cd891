"""The environment that checks run in: which Python, with which packages, shown at which paths.

A repository's own virtual environment wins. Otherwise one of ours is made in the cache: the Python that runs codergen,
with pytest and nothing else of ours, so that a check can never import our packages.
"""

import importlib.metadata
import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from codergen.errors import UsageError
from codergen.sandbox.base import Mount
from codergen.tools.check import INSIDE, Environment

RUNNER = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")
"""Distributions that make up the test runner; all pure Python."""

CLEAN = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1"}


def python_environment(cache: Path, repository: Path | None = None, python: Path | None = None) -> Environment:
    """The environment for a repository: `python` if given, else its `.venv` or `venv`, else ours below `cache`.

    Raises UsageError for a `python` that does not run.
    """
    if python is not None:
        return _describe(python.absolute())
    for name in (".venv", "venv"):
        own = repository / name / "bin" / "python" if repository else None
        if own is not None and own.exists():
            return _describe(own.absolute())
    return _describe(_own(cache) / "bin" / "python")


def _describe(python: Path) -> Environment:
    script = (
        "import sys, importlib.util as u, json\n"
        "p = getattr(__import__('pytest'), '__version__', '') if u.find_spec('pytest') else ''\n"
        "print(json.dumps([sys.prefix, sys.base_prefix, '.'.join(map(str, sys.version_info[:3])), p]))"
    )
    command = [str(python), "-I", "-c", script]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env={})
        prefix, base, version, pytest = _probe_fields(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UsageError(
            f"the Python for checks does not run: {python} ({error})", remedy="name one that does with --python PATH"
        ) from error
    folders = dict.fromkeys(Path(p) for p in (prefix, base) if not Path(p).is_relative_to("/usr"))
    return Environment(
        python=str(python),
        mounts=(*(Mount(source=folder) for folder in folders), Mount(source=INSIDE)),
        path=(str(python.parent),),
        env=CLEAN,
        description=f"Python {version}, " + (f"pytest {pytest}" if pytest else "no pytest"),
    )


def _probe_fields(text: str) -> tuple[str, str, str, str]:
    """The four strings that the probe prints."""
    prefix, base, version, pytest = json.loads(text)
    return str(prefix), str(base), str(version), str(pytest)


def _own(cache: Path) -> Path:
    versions = [f"{name}=={importlib.metadata.version(name)}" for name in RUNNER]
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    key = sha256("\n".join([str(base), sys.version, *versions]).encode()).hexdigest()[:12]
    folder = cache / "python" / key
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f"{key}.making-{id(versions):x}")
    shutil.rmtree(fresh, ignore_errors=True)
    subprocess.run([str(base), "-I", "-m", "venv", "--without-pip", str(fresh)], check=True, capture_output=True)
    site = next(fresh.glob("lib/python3*/site-packages"))
    for name in RUNNER:
        _copy_distribution(name, site)
    script = fresh / "bin" / "pytest"
    script.write_text(f"#!{folder}/bin/python\nimport sys, pytest\nsys.exit(pytest.console_main())\n")
    script.chmod(0o755)
    try:
        fresh.rename(folder)
    except OSError:  # another process made the same one first
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _copy_distribution(name: str, site: Path) -> None:
    for file in importlib.metadata.files(name) or ():
        source = Path(str(file.locate()))
        if ".." in file.parts or file.suffix == ".pyc" or not source.is_file():
            continue
        target = site.joinpath(*file.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
