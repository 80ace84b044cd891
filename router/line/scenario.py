"""Scenarios: held-out checks in a folder of their author's, run against the patched tree, never shown to a station.

A folder with pytest files, or with an executable `check` (no arguments, working folder is the tree, SCENARIO_DIR names
the scenario, exit 0 passes).
"""

import os
import shlex
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from codergen.sandbox.base import ExecRequest, Sandbox
from codergen.tools.check import Check, CheckRun, Environment, run_check
from router.errors import PacketError
from router.line.canary import PlantedFile
from router.line.overlay import walk, write_planted
from router.line.protected import is_test_file

TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One held-out check."""

    name: str
    folder: Path
    kind: Literal["pytest", "check"]

    def sources(self) -> dict[str, str]:
        """Its test files, path in the folder -> text."""
        files = (path for path in walk(self.folder) if is_test_file(path))
        return {path: (self.folder / path).read_text(encoding="utf-8", errors="replace") for path in sorted(files)}


def read_scenario(folder: Path) -> Scenario:
    """The scenario in a folder. Raises PacketError when there is none."""
    program = folder / "check"
    if program.is_file() and os.access(program, os.X_OK):
        return Scenario(name=folder.name, folder=folder, kind="check")
    if folder.is_dir() and any(is_test_file(path) for path in walk(folder)):
        return Scenario(name=folder.name, folder=folder, kind="pytest")
    raise PacketError(
        source=str(folder),
        field="scenario",
        value=repr(folder.name),
        allowed="a folder with test_*.py files, or with an executable named `check`",
    )


def lay_scenario(scenario: Scenario, dest: Path, planted: Iterable[PlantedFile]) -> None:
    """Copy it, twins put in, into a new folder that is shown read-only beside the tree."""
    shutil.copytree(scenario.folder, dest, symlinks=False, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    write_planted(dest, planted)
    if scenario.kind == "pytest" and not (dest / "pytest.ini").exists():
        (dest / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")


async def run_scenario(sandbox: Sandbox, scenario: Scenario, folder: Path, environment: Environment) -> CheckRun:
    """Run a scenario that was laid at `folder` (a mount of the started sandbox) against the sandbox's workspace."""
    if scenario.kind == "pytest":
        where = shlex.quote(str(folder))
        command = f"PYTHONPATH=src python -m pytest -q --maxfail=0 --rootdir {where} -c {where}/pytest.ini {where}"
        return await run_check(sandbox, Check(command=command, timeout_s=TIMEOUT_S), environment)
    result = await sandbox.exec(
        ExecRequest(
            argv=(str(folder / "check"),),
            env={**environment.env, "SCENARIO_DIR": str(folder)},
            timeout_s=TIMEOUT_S,
        )
    )
    return CheckRun(
        check=Check(command="./check", timeout_s=TIMEOUT_S),
        runner="exit_code",
        exit_code=result.exit_code,
        tests=(),
        output=(result.stdout + result.stderr).decode("utf-8", "replace"),
        problem="timeout" if result.timed_out else "not_found" if result.exit_code in {126, 127} else None,
        duration_ms=result.duration_ms,
    )
