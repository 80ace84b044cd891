"""The vendor's `apply_patch` and ours on the same generated patches: the same files, the same accepted and refused.

`python -m evals.accept.patch_differential [--count N] [--seed S]`. A disagreement is kept as a folder to look at.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from codergen.settings import load
from codergen.tools.patch_format import PatchError, parse
from codergen.tools.patch_plan import Unreadable, absolute, needed, plan
from evals.accept.patch_cases import Case, cases
from router.stations.codex_cli import CodexCli
from router.stations.vendor_cli.binary import find, remedy

SEED, COUNT = 20261123, 4000
LINE = re.compile(r"^Invalid patch hunk on line (\d+):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one of the two made of a patch."""

    accepted: bool
    files: Mapping[str, bytes]
    told: tuple[str, ...] = ()
    """The list of files that changed."""
    line: int = 0
    """The line at fault, where one is named."""
    why: str = ""
    """In its own words; not compared."""


def theirs(program: Path, case: Case) -> Answer:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _lay(root, case.files)
        done = subprocess.run([program], input=case.patch.encode(), cwd=root, capture_output=True, timeout=60)
        why = done.stderr.decode()
        named = LINE.match(why)
        return Answer(
            accepted=done.returncode == 0,
            files=_files(root),
            told=tuple(done.stdout.decode().splitlines()[1:]),
            line=int(named[1]) if named else 0,
            why=why,
        )


def ours(case: Case) -> Answer:
    """Without the tool's promise that a patch that fails changes nothing: the vendor's program stops in the middle."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _lay(root, case.files)
        try:
            hunks = parse(case.patch)
        except PatchError as error:
            return Answer(accepted=False, files=_files(root), line=error.line, why=str(error))
        seen = {path: _text(Path(path)) for path in needed(hunks, folder)}
        decided = plan(hunks, seen, folder)
        why = repr(decided.fault) if decided.fault else ""
        try:
            for effect in decided.effects:
                _carry_out(Path(effect.path), effect.text)
        except OSError as error:
            why = str(error)
        return Answer(accepted=not why, files=_files(root), told=() if why else decided.told, why=why)


def _carry_out(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def _text(path: Path) -> str | Unreadable:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        return Unreadable(why=str(error), there=path.is_file())


def _lay(root: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = Path(absolute(str(root), name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def differ(one: Answer, other: Answer) -> str:
    """What is not the same of two answers."""
    return ", ".join(
        name for name in ("accepted", "files", "told", "line") if getattr(one, name) != getattr(other, name)
    )


async def program(folder: Path) -> Path | None:
    """The vendor's program under the name that makes it `apply_patch`."""
    settings = load()
    found = await find(CodexCli(), settings.environ, settings.cache)
    if found is None:
        return None
    link = folder / "apply_patch"
    link.symlink_to(found.binary.resolve())
    return link


def main(arguments: list[str] | None = None) -> int:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--count", type=int, default=COUNT)
    reader.add_argument("--seed", type=int, default=SEED)
    chosen = reader.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        vendor = asyncio.run(program(Path(folder)))
        if vendor is None:
            sys.stderr.write(f"not measured: codex is not installed: {remedy(CodexCli())}\n")
            return 3
        return report(vendor, chosen.seed, chosen.count)


def report(vendor: Path, seed: int, count: int) -> int:
    """Run all, print counts by kind and every disagreement. 1 when there is one."""
    made, accepted, wrong = Counter[str](), Counter[str](), Counter[str]()
    kept: list[str] = []
    with ThreadPoolExecutor(4) as pool:
        todo = list(cases(seed, count))
        for case, told in zip(todo, pool.map(partial(theirs, vendor), todo), strict=True):
            answer = ours(case)
            made[case.kind] += 1
            accepted[case.kind] += told.accepted
            if what := differ(told, answer):
                wrong[case.kind] += 1
                kept.append(f"{case.kind} {case.number}: {what}: {_keep(case, told, answer)}")
    print(f"seed {seed}, {count} patches")
    for kind in made:
        print(f"  {kind:18} {made[kind]:5}  accepted {accepted[kind]:5}  disagreements {wrong[kind]}")
    print(f"accepted {accepted.total()}, refused {count - accepted.total()}, disagreements {wrong.total()}")
    print("\n".join(kept))
    return 1 if kept else 0


def _keep(case: Case, told: Answer, answer: Answer) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"patch-{case.number}-"))
    _lay(folder / "files", case.files)
    (folder / "patch.txt").write_bytes(case.patch.encode())
    for name, side in (("theirs", told), ("ours", answer)):
        _lay(folder / name, side.files)
        facts = {"accepted": side.accepted, "told": side.told, "line": side.line, "why": side.why}
        (folder / f"{name}.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return folder


if __name__ == "__main__":
    sys.exit(main())
