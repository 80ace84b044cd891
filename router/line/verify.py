"""The verifier: runs checks and scenarios on base and on base + patch, each in a fresh sandbox, and has them judged.

This is the shell. It never imports, unpickles or evaluates anything of the tree; `judgement.judge` decides from data.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random, SystemRandom
from typing import TypeVar

from codergen.sandbox.base import ExecRequest, Mount, Sandbox, SandboxSpec
from codergen.tools.check import INSIDE, Check, CheckRun, Environment, run_check
from router.line.canary import PlantedFile, function_name, plant_all
from router.line.facts import Facts
from router.line.judgement import judge
from router.line.judges import changed_assertions, held_by_patch, named_by_commands, shadowed_imports
from router.line.overlay import lay_tree, remove, write_planted
from router.line.protected import Rules, holds_tests, is_protected, screen
from router.line.scenario import lay_scenario, read_scenario, run_scenario
from router.line.special_case import special_cases
from router.line.tamper import Finding, findings
from router.line.trial import (
    HeldOut,
    Trial,
    compare_values,
    files_of,
    is_structured,
    name_twins,
    observe_checks,
    observe_scenarios,
    python_path,
    run_all,
)
from router.line.values import CASE_SECONDS, EVALUATION_SECONDS, Answer, cases_of, choose, read_answers
from router.line.verdict import Verdict
from router.line.workspace import Patch, Repo

T = TypeVar("T")

_MAX_SOURCE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRequest:
    """Everything one verification needs; nothing in it comes from a station but `patch`."""

    repo: Repo
    patch: Patch
    checks: tuple[Check, ...]
    scenarios: tuple[Path, ...] = ()
    protected: tuple[str, ...]
    scope: tuple[str, ...] = ("**",)
    expect_base_fails: bool
    """The class has a reproduction: what passes on the untouched base proves nothing."""
    accept_exit_code: bool = False
    expect_change: bool = False
    """The class has no reproduction, but its work must show: some check or scenario has to fail at base."""
    environment: Environment
    sandbox_factory: Callable[[], Sandbox]
    """Gives a sandbox that was never started; one is used for each run."""
    spec: Callable[[Path], SandboxSpec]
    """How such a sandbox is to look over a workspace; the verifier adds the mount of a scenario."""
    work: Path
    """A folder of the host that no station had; the verifier makes a new one in it and leaves what it made there."""
    base_runs: tuple[CheckRun, ...] = ()
    """The checks at base as the reproduction ran them, to know which tests matter; they decide nothing."""
    random: Random = field(default_factory=SystemRandom)
    """Chooses names, places and values of planted tests; only tests pass one that repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a verification needs of base; several patches of one job may be judged against the same."""

    trial: Trial
    checks: tuple[CheckRun, ...]
    held_out: HeldOut


@dataclass(slots=True, kw_only=True)
class _Stage:
    """Folders of one verification. `trusted` is only read by us; each run gets a tree of its own."""

    request: VerifyRequest
    root: Path
    trusted: Path
    runs: int = 0

    @classmethod
    async def open(cls, request: VerifyRequest) -> "_Stage":
        request.work.mkdir(parents=True, exist_ok=True)
        root = request.work / f"verify-{len(list(request.work.iterdir())) + 1}-{request.random.randrange(16**8):08x}"
        root.mkdir()
        trusted = root / "trusted"
        await request.repo.checkout(trusted)
        return cls(request=request, root=root, trusted=trusted)

    async def tree(self, patch: Patch | None, planted: Iterable[PlantedFile] = (), without: Iterable[str] = ()) -> Path:
        """A new folder with one tree to run in."""
        self.runs += 1
        folder = self.root / f"run-{self.runs}"
        folder.mkdir()
        dest = folder / "tree"
        await lay_tree(self.request.repo, patch, dest, trusted=self.trusted, protected=self.request.protected)
        remove(dest, (*without, *(check.junit for check in self.request.checks if check.junit)))
        write_planted(dest, planted)
        return dest

    @asynccontextmanager
    async def sandbox(self, tree: Path, extra: tuple[Mount, ...] = ()) -> AsyncGenerator[Sandbox]:
        """A fresh sandbox over a tree, without network; ended and gone afterwards."""
        sandbox = self.request.sandbox_factory()
        spec = self.request.spec(tree)
        spec = replace(spec, mounts=(*spec.mounts, *extra), protect=())
        try:
            await sandbox.start(spec)
            yield sandbox
        finally:
            await sandbox.stop()


async def verify(request: VerifyRequest, prepared: Prepared | None = None) -> Verdict:
    """Judge one patch. Raises SandboxError when the boundary fails; a bad patch or check is a verdict, not an error."""
    return judge(await gather(request, prepared))


async def prepare(request: VerifyRequest) -> Prepared:
    """Run the base side once, to judge several patches that differ in `request.patch` only."""
    stage = await _Stage.open(request)
    trial = await _plan(stage)
    checks = await _run_checks(stage, trial, None)
    return Prepared(trial=trial, checks=checks, held_out=await _run_held_out(stage, trial, None))


async def gather(request: VerifyRequest, prepared: Prepared | None = None) -> Facts:
    """Everything a verdict is made from; what the screen or the source settles is not run at all."""
    base_paths = frozenset(await request.repo.files())
    rules = Rules(protected=request.protected, scope=request.scope)
    facts = Facts(
        expect_base_fails=request.expect_base_fails,
        accept_exit_code=request.accept_exit_code,
        expect_change=request.expect_change,
        hits=screen(request.patch, rules, base_paths),
    )
    if facts.settled:
        return facts
    stage = await _Stage.open(request)
    facts = await _read_sources(stage, facts)
    if facts.settled:
        return facts
    return await _try_out(stage, facts, prepared)


async def _try_out(stage: _Stage, facts: Facts, prepared: Prepared | None) -> Facts:
    """Public checks first. A patch that they reject is not asked the held-out questions: it learns nothing of them."""
    patch = stage.request.patch
    trial = prepared.trial if prepared else await _plan(stage)
    base, after = await _both(
        _given(prepared.checks) if prepared else _run_checks(stage, trial, None), _run_checks(stage, trial, patch)
    )
    facts = replace(facts, observed=observe_checks(trial, base, after))
    facts = replace(facts, findings=(*facts.findings, *await _held_by_patch(stage, facts)))
    so_far = judge(facts)
    if facts.observed and (so_far.void_reason or any(check.grade == "failed" for check in so_far.checks)):
        return facts
    held_base, held_after = await _both(
        _given(prepared.held_out) if prepared else _run_held_out(stage, trial, None),
        _run_held_out(stage, trial, patch),
    )
    observed = (*facts.observed, *observe_scenarios(trial, held_base, held_after))
    return replace(facts, observed=observed, values=compare_values(trial, observed, held_base, held_after))


async def _held_by_patch(stage: _Stage, facts: Facts) -> tuple[Finding, ...]:
    """What judges the patch and is changed by it, where no protected glob covers it."""
    request = stage.request
    changed = [file.path for file in request.patch.files]
    ids = {test.id for seen in facts.observed if seen.kind == "public" for test in seen.base.tests}
    before = {path: text for path in changed if (text := _text(stage.trusted / path)) is not None}
    after = {path: _text(stage.root / "patched" / path) or "" for path in before}
    files = await request.repo.files()
    tests = [_text(stage.trusted / path) or "" for path in files_of(ids, _test_files(stage))]
    added = [file.path for file in request.patch.files if file.kind == "added"]
    return (
        *named_by_commands((check.command for check in request.checks), changed),
        *held_by_patch(ids, before, after, files),
        *shadowed_imports(tests, added, files),
        *changed_assertions(tests, changed),
    )


async def _both(base: Coroutine[None, None, T], after: Coroutine[None, None, T]) -> tuple[T, T]:
    async with asyncio.TaskGroup() as group:
        first, second = group.create_task(base), group.create_task(after)
    return first.result(), second.result()


async def _given(value: T) -> T:
    return value


async def _read_sources(stage: _Stage, facts: Facts) -> Facts:
    """What the changed Python files look like; read as text, never imported."""
    request = stage.request
    patched = stage.root / "patched"
    await request.repo.checkout(patched, request.patch)
    changed = [f.path for f in request.patch.files if f.path.endswith((".py", ".pyi", ".pyw")) and f.kind != "deleted"]
    before = {path: text for path in changed if (text := _text(stage.trusted / path)) is not None}
    after = {path: _text(patched / path) or "" for path in changed}
    tests = {path: _text(stage.trusted / path) or "" for path in _test_files(stage)}
    found = (*_unreadable(patched, changed), *findings(before, after))
    return replace(facts, findings=found, special_cases=special_cases(tests, before, after))


def _unreadable(folder: Path, paths: Iterable[str]) -> Iterable[Finding]:
    for path in paths:
        if _text(folder / path) is None:
            yield Finding(path=path, what="source", line=0, severity="rejected", why="it is too long to be read")


def _test_files(stage: _Stage) -> list[str]:
    paths = (p.relative_to(stage.trusted).as_posix() for p in sorted(stage.trusted.rglob("*.py")))
    return [path for path in paths if holds_tests(path) or is_protected(path, stage.request.protected)]


def _text(path: Path) -> str | None:
    """A regular file's text, None for anything else. Links are not followed: the tree may hold any."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _MAX_SOURCE:
        return None
    return path.read_text(encoding="utf-8", errors="replace")


async def _plan(stage: _Stage) -> Trial:
    request = stage.request
    scenarios = [read_scenario(folder) for folder in request.scenarios]
    commands = tuple(run_all(check) for check in request.checks)
    base_runs = request.base_runs or await _base_runs(stage, commands)
    tests = [test for run in base_runs for test in run.tests]
    first = frozenset(function_name(test.id) for test in tests if test.outcome in {"failed", "error"})
    sources = {p: t for p in files_of((t.id for t in tests), _test_files(stage)) if (t := _text(stage.trusted / p))}
    structured = any(map(is_structured, commands))
    taken = frozenset(function_name(test.id) for test in tests)
    planted = plant_all(sources.items(), request.random, first=first, taken=taken) if structured else ()
    held = [(scenario, scenario.sources() if scenario.kind == "pytest" else {}) for scenario in scenarios]
    public = [case for path, text in sources.items() for case in cases_of(path, text)] if structured else []
    hidden = [case for s, files in held for path, text in files.items() for case in cases_of(path, text, s.name)]
    return Trial(
        checks=request.checks,
        commands=tuple(name_twins(command, planted) for command in commands),
        planted=planted,
        scenarios=tuple((s, plant_all(files.items(), request.random)) for s, files in held),
        cases=(*choose(public, first), *choose(hidden, first)),
    )


async def _base_runs(stage: _Stage, commands: Iterable[Check]) -> tuple[CheckRun, ...]:
    async with stage.sandbox(await stage.tree(None)) as sandbox:
        return tuple([await run_check(sandbox, check, stage.request.environment) for check in commands])


async def _run_checks(stage: _Stage, trial: Trial, patch: Patch | None) -> tuple[CheckRun, ...]:
    """The public checks at base (`patch` None) or after the patch; a new tree and a new sandbox for each."""
    runs: list[CheckRun] = []
    for check, command in zip(trial.checks, trial.commands, strict=True):
        async with stage.sandbox(await stage.tree(patch, trial.planted_for(command))) as sandbox:
            runs.append(replace(await run_check(sandbox, command, stage.request.environment), check=check))
    return tuple(runs)


async def _run_held_out(stage: _Stage, trial: Trial, patch: Patch | None) -> HeldOut:
    """The scenarios, and the values of the cases, likewise."""
    runs: list[CheckRun] = []
    for scenario, planted in trial.scenarios:
        tree = await stage.tree(patch)
        folder = tree.parent / "held"
        lay_scenario(scenario, folder, planted)
        async with stage.sandbox(tree, (Mount(source=folder),)) as sandbox:
            runs.append(await run_scenario(sandbox, scenario, folder, stage.request.environment))
    return HeldOut(scenarios=tuple(runs), answers=await _evaluate(stage, trial, patch))


async def _evaluate(stage: _Stage, trial: Trial, patch: Patch | None) -> Mapping[str, Answer]:
    """Values of the cases, from a tree in which the files that say what is expected are absent."""
    if not trial.cases:
        return {}
    tree = await stage.tree(patch, without=filter(holds_tests, _test_files(stage)))
    entries = {entry for check in trial.checks for entry in python_path(check)}
    request = {
        "cases": [{"id": case.id, "source": case.source} for case in trial.cases],
        "pythonpath": [*sorted(entries), ".", "src"],
        "seconds": CASE_SECONDS,
    }
    async with stage.sandbox(tree) as sandbox:
        result = await sandbox.exec(
            ExecRequest(
                argv=(stage.request.environment.python, "-s", str(INSIDE / "eval_values.py")),
                env=stage.request.environment.env,
                stdin=json.dumps(request).encode(),
                timeout_s=EVALUATION_SECONDS,
                max_output=8 << 20,
            )
        )
    return read_answers(result.stdout)
