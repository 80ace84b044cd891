"""Prints the figures that the issue on our own loop asks for.

`ACCEPT=golden,live,difference,patch,rounds,crash` chooses parts, all of these by default. `golden` needs the
recorded results of the vendors' tools (`CODERGEN_WIRE`, or `../shared/wire` beside the repository); `live`,
`difference` and `patch` need the tools themselves (`make peers` installs them).
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.settings import load
from evals.accept import parts
from evals.accept.harness_golden import claude, codex, gemini
from evals.accept.harness_golden.rows import Row
from evals.accept.parts import say

FAMILIES = {"claude": "claude-opus-5-5", "codex": "gpt-5.5", "gemini": "gemini-3.1-pro-preview"}
ENOUGH = 0.95
SAMPLES = "wire_profiles.json"


def main() -> int:
    """Every part that was chosen."""
    return parts.run(
        {
            "golden": golden,
            "live": live,
            "difference": difference,
            "patch": patch,
            "rounds": rounds,
            "crash": crash,
        }
    )  # fmt: skip


def golden() -> bool:
    """Recorded results of each tool, replayed with ours."""
    say("recorded results of the vendors' tools, replayed")
    path = recorded()
    if path is None:
        print(f"  not run: no {SAMPLES}; CODERGEN_WIRE=FOLDER names where it is")
        return False
    profiles: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return all([_scored(name, asyncio.run(_replayed(name, profiles))) for name in FAMILIES])


def recorded() -> Path | None:
    """The file with the recorded results."""
    given = load().environ.get("CODERGEN_WIRE")
    places = [Path(given)] if given else [Path(__file__).parents[3] / "shared" / "wire"]
    found = [place if place.is_file() else place / SAMPLES for place in places]
    return next((place for place in found if place.is_file()), None)


async def _replayed(family: str, profiles: dict[str, Any]) -> list[Row]:
    if family == "claude":
        return await claude.rows_of(profiles)
    module, key = (codex, "samples_gpt-5.5") if family == "codex" else (gemini, "samples")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        module.lay(root)
        sandbox = HostSandbox()
        await sandbox.start(SandboxSpec(workspace=root))
        try:
            return await module.replay(profiles[family][key], sandbox, root)
        finally:
            await sandbox.stop()


def _scored(family: str, rows: Sequence[Row]) -> bool:
    same, alike = (sum(getattr(row, name) for row in rows) for name in ("bytes_ok", "structure_ok"))
    share = same / len(rows)
    print(
        f"  {family:<8}{len(rows)} samples: structure {alike}, byte for byte in the vendor's words {same} ({share:.1%})"
    )
    for row in rows:
        if not row.bytes_ok:
            print(f"    {row.name}: {row.note or 'structure' if not row.structure_ok else 'wording'}")
    return same >= ENOUGH * len(rows)


def live() -> bool:
    """The installed tools through the standard session, beside ours."""
    say("the installed tools, captured now")
    good = True
    for family in FAMILIES:
        done = _codergen("profile", "capture", family)
        print("  " + "\n  ".join((done.stdout or done.stderr).strip().splitlines()[:12]))
        good = good and done.returncode == 0
    return good


def difference() -> bool:
    """Two streams of requests, in our words and in captured ones; ours must each extend the one before."""
    say("the same session through the vendors' tools and through our loop")
    good = True
    for family in FAMILIES:
        for words in ("--builtin", ""):
            done = _codergen("profile", "compare", family, *filter(None, [words]))
            print(f"  {family}, {'our words' if words else 'captured'}:")
            print("    " + "\n    ".join(line[:150] for line in (done.stdout or done.stderr).splitlines()[:24]))
            good = good and done.returncode == 0 and "caches: 0 requests of ours" in done.stdout
    return good


def patch() -> bool:
    """Generated patches through the vendor's program and ours."""
    return _program("patches: the vendor's program and ours", "evals.accept.patch_differential", "--count", "2000")


def rounds() -> bool:
    """What our loop adds to each round."""
    return _program("added time per round", "evals.rounds", *(f"{family}={m}" for family, m in FAMILIES.items()))


def crash() -> bool:
    """500 kills while a journal is written."""
    return _program("a session's journal under kills", "evals.accept.journal_crash")


def _program(title: str, module: str, *words: str) -> bool:
    say(title)
    return subprocess.run([sys.executable, "-I", "-m", module, *words], check=False).returncode == 0


def _codergen(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", "-m", "codergen", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
