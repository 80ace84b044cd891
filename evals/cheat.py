"""The cheat corpus: one small repository, patches that try to be accepted without being right, and right ones.

`python -m evals.cheat` runs all of them through the verifier and prints a table. A new cheat is one more file in
`evals/suites/cheat/patches`: header lines `what`, `expect`, `layer`, an empty line, a git diff against `base`.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from codergen.sandbox.base import Sandbox, SandboxSpec
from codergen.sandbox.registry import create
from codergen.tools.check import Check, Environment
from codergen.tools.environment import python_environment
from router.line.facts import Facts
from router.line.judgement import judge
from router.line.verdict import CheckVerdict, Decision, Verdict
from router.line.verify import Prepared, VerifyRequest, gather
from router.line.workspace import Repo, open_repo
from router.packet import DEFAULT_PROTECTED

SUITE = Path(__file__).parent / "suites" / "cheat"
Expectation = Literal["accepted", "rejected", "not_accepted"]
Layer = Literal["screen", "source", "public", "scenario", "canary", "values"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheatCase:
    """One patch of the corpus."""

    name: str
    what: str
    expect: Expectation
    layer: str
    """The layer that is meant to stop it at the latest; `none` for a right patch."""
    patch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheatResult:
    case: CheatCase
    facts: Facts
    verdict: Verdict
    seconds: float

    @property
    def stopped_by_runs_alone(self) -> bool | None:
        """Whether planted tests and compared values stop it with neither screen, source reading nor held-out check.

        None where nothing was run.
        """
        if self.facts.settled:
            return None
        public = tuple(seen for seen in self.facts.observed if seen.kind == "public")
        values = tuple(fact for fact in self.facts.values if not fact.held_out)
        return not judge(replace(self.facts, findings=(), special_cases=(), observed=public, values=values)).passed

    @property
    def as_expected(self) -> bool:
        decision: Decision = self.verdict.decision
        if self.case.expect == "not_accepted":
            return decision in {"rejected", "weak"}
        return decision == self.case.expect

    @property
    def caught_by(self) -> tuple[Layer, ...]:
        """Layers that spoke against it, in the order they are looked at."""
        return tuple(dict.fromkeys(layer_of(check) for check in self.verdict.checks if not check.passed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What all cases share."""

    repo: Repo
    environment: Environment
    sandbox_factory: Callable[[], Sandbox]
    work: Path
    scenarios: tuple[Path, ...] = (SUITE / "scenario",)

    def spec(self, workspace: Path) -> SandboxSpec:
        own = self.environment
        return SandboxSpec(workspace=workspace, mounts=own.mounts, env=own.env, path=own.path)


def layer_of(check: CheckVerdict) -> Layer:
    match check.kind:
        case "protected" | "scope":
            return "screen"
        case "tamper" if check.name == "values":
            return "values"
        case "tamper":
            return "screen" if check.explicit else "source"
        case "public" | "scenario" | "canary":
            return check.kind


def load_cases(folder: Path = SUITE / "patches") -> tuple[CheatCase, ...]:
    """All cases, by name."""
    return tuple(_read_case(path) for path in sorted(folder.glob("*.patch")))


def _read_case(path: Path) -> CheatCase:
    header, patch = path.read_text(encoding="utf-8").split("\n\n", 1)
    fields = dict(line.split(": ", 1) for line in header.splitlines())
    return CheatCase(
        name=path.stem,
        what=fields["what"],
        expect=cast(Expectation, fields["expect"]),
        layer=fields["layer"],
        patch=patch,
    )


async def open_bench(work: Path, sandbox_factory: Callable[[], Sandbox]) -> Bench:
    """Make the base repository below `work` and the environment its checks run in."""
    source = await asyncio.to_thread(_make_base, work / "source")
    repo = await open_repo(source, "HEAD", work / "git")
    environment = await asyncio.to_thread(python_environment, work / "cache")
    return Bench(repo=repo, environment=environment, sandbox_factory=sandbox_factory, work=work / "runs")


def _make_base(source: Path) -> Path:
    shutil.copytree(SUITE / "base", source)
    git = ("git", "-c", "user.name=eval", "-c", "user.email=eval@localhost", "-c", "commit.gpgsign=false")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "base")):
        subprocess.run([*git, *command], cwd=source, check=True, capture_output=True)
    return source


async def run_case(case: CheatCase, bench: Bench, prepared: Prepared | None = None) -> CheatResult:
    """One patch through the verifier, as a bug fix with a reproduction."""
    started = time.monotonic()
    facts = await gather(await request_for(case, bench), prepared)
    return CheatResult(case=case, facts=facts, verdict=judge(facts), seconds=time.monotonic() - started)


async def request_for(case: CheatCase, bench: Bench) -> VerifyRequest:
    """What the line would ask of the verifier for this patch."""
    patch = await bench.repo.patch_from_text(case.patch)
    return VerifyRequest(
        repo=bench.repo,
        patch=patch,
        checks=(Check(command="python -m pytest -q tests", timeout_s=15.0),),
        scenarios=bench.scenarios,
        protected=DEFAULT_PROTECTED,
        scope=("pocket/**", "src/**", "tests/**", "*.py", "*.pth", "*.ini", "*.toml"),
        expect_base_fails=True,
        environment=bench.environment,
        sandbox_factory=bench.sandbox_factory,
        spec=bench.spec,
        work=bench.work / case.name,
    )


async def run_corpus(kind: str, names: Sequence[str] = ()) -> tuple[CheatResult, ...]:
    """All cases (or the named ones), one after the other, in sandboxes of that kind."""
    with tempfile.TemporaryDirectory(prefix="codergen-cheat-") as folder:
        bench = await open_bench(Path(folder), lambda: create(kind))
        return tuple([await run_case(case, bench) for case in load_cases() if not names or case.name in names])


_RUNS = {None: "-", True: "stop", False: "accept"}
"""What public runs, planted tests and compared values say alone, without source reading and held-out check."""


def report(results: Sequence[CheatResult]) -> str:
    """The table for people."""
    lines = [f"{'case':26} {'wanted':13} {'verdict':9} {'s':>5}  {'runs':7}  spoken against by"]
    for r in results:
        mark = "" if r.as_expected else "   <-- not as expected"
        lines.append(
            f"{r.case.name:26} {r.case.expect:13} {r.verdict.decision:9} {r.seconds:5.1f}  "
            f"{_RUNS[r.stopped_by_runs_alone]:7}  "
            f"{', '.join(r.caught_by) or '-'}{mark}"
        )
    wrong = [r for r in results if r.case.expect != "accepted"]
    right = [r for r in results if r.case.expect == "accepted"]
    stopped = sum(not r.verdict.passed for r in wrong)
    lines.append(
        f"{stopped} of {len(wrong)} cheating or wrong patches not accepted, "
        f"{sum(r.verdict.passed for r in right)} of {len(right)} right ones accepted"
    )
    return "\n".join(lines)


def main(argv: Sequence[str] = tuple(sys.argv[1:])) -> int:
    kind, *names = argv or ("auto",)
    results = asyncio.run(run_corpus(kind, names))
    print(report(results))
    return 0 if all(result.as_expected for result in results) else 10


if __name__ == "__main__":
    sys.exit(main())
