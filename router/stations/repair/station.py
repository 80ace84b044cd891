"""`repair`: a station without a language model. It tries small edits of the places that failing tests point at."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from codergen.events import Emit, Event
from codergen.sandbox.base import Sandbox
from codergen.tools.check import Check, describe, run_check
from codergen.tools.invocation import parse_command
from codergen.tools.locate import Localisation, locate, read_source
from router.line.protected import may_change
from router.station import Assignment, StationReport, StationVersion, Uncertainty
from router.stations.repair.compare import Comparison, compare
from router.stations.repair.diffs import changed_text, unified_diff
from router.stations.repair.edits import candidates_in
from router.stations.repair.findings import Findings, agreement, lead_of, names_of, said, usual_failures
from router.stations.repair.hints import hints_of
from router.stations.repair.rank import ranked
from router.stations.repair.search import Batch, Budget, Patch, Trial, promising, try_patches
from router.stations.repair.second_edit import FIRST_EDITS, only_functions, second_patches
from router.stations.repair.source import Source, open_source

NOTHING = Decimal(0)
"""What an attempt costs: there is nobody to pay."""
SCAFFOLDS = ("agreement", "avoid_rejected", "second_edit")
SELF = "repair has no language model: it tried small edits where the failing tests ran"
CANDIDATES = 3000
SUSPECTS = 25
COMPARED = 12
"""Plausible patches that are compared, best first."""
PROGRESS_EVERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairLimits:
    seconds: float = 45.0
    second_edit_seconds: float = 15.0
    more_candidates: int = 400
    """Tried after the first plausible patch."""
    more_seconds: float = 3.0
    compare_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairStation:
    """The `Station`; without a state of its own."""

    limits: RepairLimits = field(default_factory=RepairLimits)
    scaffolds: tuple[str, ...] = SCAFFOLDS
    sandbox_kind: str = ""

    @property
    def version(self) -> StationVersion:
        return StationVersion(station="repair", scaffolds=tuple(sorted(self.scaffolds)), sandbox=self.sandbox_kind)

    async def run(self, assignment: Assignment, sandbox: Sandbox, emit: Emit) -> StationReport:
        """Raises SandboxError. Changes the workspace only when it claims `pr_ready`."""
        if assignment.language != "python":
            return _gives_up("not_applicable", f"repair only knows Python, not {assignment.language}")
        check = next((c for c in assignment.checks if parse_command(c.command).runner != "command"), None)
        if check is None:
            return _gives_up("weak_evidence", "repair needs test outcomes: a check of pytest or unittest")
        return await _Attempt(self, assignment, check, sandbox, emit).run()


class _Attempt:
    """One run of the station."""

    def __init__(
        self, station: RepairStation, assignment: Assignment, check: Check, sandbox: Sandbox, emit: Emit
    ) -> None:
        self._station = station
        self._limits = station.limits
        self._assignment = assignment
        self._check = check
        self._sandbox = sandbox
        self._emit = emit
        self._started = time.monotonic()

    async def run(self) -> StationReport:
        place = await locate(self._sandbox, self._check, self._assignment.environment, timeout_s=self._check.timeout_s)
        self._emit(
            Event(kind="repair.located", data={"functions": names_of(place.functions), "tests": len(place.tests)})
        )
        if place.problem or not place.tests:
            return self._report("attempts_rejected", f"nothing to start from: {place.problem or 'no failing test'}")
        found = await self._first_edits(place)
        if isinstance(found, str):
            return self._report("attempts_rejected", found)
        if self._avoids:
            found = await self._without_rejected(found)
        if not found.plausible and "second_edit" in self._station.scaffolds:
            found = await self._second_edits(found, place)
        return await self._conclude(found)

    @property
    def _avoids(self) -> bool:
        return bool(self._assignment.rejected) and "avoid_rejected" in self._station.scaffolds

    async def _without_rejected(self, found: Findings) -> Findings:
        """The findings less what was rejected before, and less what behaves like it."""
        texts = {path: source.text for path, source in found.sources.items()}
        rejected = {changed_text(diff) for diff in self._assignment.rejected}
        plausible = found.plausible[:COMPARED]
        same = {at for at, p in enumerate(plausible) if changed_text(unified_diff(texts, p.changed(texts))) in rejected}
        comparison = await self._compare(plausible) if same else None
        if comparison is not None:
            same |= {at for group in comparison.groups if same.intersection(group) for at in group}
        dropped = [plausible[at] for at in same]
        return replace(found, trials=tuple(t for t in found.trials if t.patch not in dropped))

    @property
    def _left(self) -> float:
        own = self._limits.seconds + self._limits.second_edit_seconds
        return min(own, self._assignment.limits.seconds) - (time.monotonic() - self._started)

    async def _first_edits(self, place: Localisation) -> "Findings | str":
        suspects = tuple(s for s in (*place.functions, *place.modules) if self._may_change(s.path))[:SUSPECTS]
        sources = await self._read({s.path for s in suspects})
        hints = hints_of(place.failure, (source.tree for source in sources.values()))
        pool = (c for s in suspects if s.path in sources for c in candidates_in(sources[s.path], s, hints))
        texts = {path: source.text for path, source in sources.items()}
        patches = [Patch(edits=(candidate,)) for candidate in ranked(pool, limit=CANDIDATES, texts=texts)]
        if not patches:
            return "no function that the failing tests executed lies within the scope"
        batch = await self._try(patches, place.tests, min(self._limits.seconds, self._left))
        if batch.problem and not batch.trials:
            return batch.problem
        return Findings(sources=sources, suspects=suspects, trials=batch.trials)

    async def _second_edits(self, found: Findings, place: Localisation) -> Findings:
        failures = usual_failures(found.trials)
        firsts = promising(found.trials, failures, limit=FIRST_EDITS)
        patches = second_patches(firsts, only_functions(found.suspects)[:4], found.sources)
        seconds = min(self._limits.second_edit_seconds, self._left)
        if not patches or seconds < 1:
            return found
        batch = await self._try(patches, place.tests, seconds)
        return Findings(sources=found.sources, suspects=found.suspects, trials=(*found.trials, *batch.trials))

    async def _conclude(self, found: Findings) -> StationReport:
        if not found.plausible:
            return self._report("attempts_rejected", f"none of {len(found.trials)} edits passes the check", found)
        compared = found.plausible[:COMPARED]
        comparison = await self._compare(compared)
        if len(compared[0].edits) > 1 and (comparison is None or not comparison.compared):
            return self._report("attempts_rejected", "two edits pass the check, but no other pair confirms them", found)
        if comparison is not None and comparison.split is not None:
            return self._uncertain(found, compared, comparison)
        for patch in compared[:3]:
            report = await self._propose(patch, found, comparison)
            if report is not None:
                return report
        return self._report("attempts_rejected", "what passed in the search fails in a clean run of the check", found)

    async def _compare(self, patches: Sequence[Patch]) -> Comparison | None:
        if len(patches) < 2 or "agreement" not in self._station.scaffolds:
            return None
        comparison = await compare(
            self._sandbox, self._check, self._assignment.environment, patches, seconds=self._limits.compare_seconds
        )
        data = {"patches": len(patches), "groups": len(comparison.groups), "inputs": comparison.compared}
        self._emit(Event(kind="repair.compare", data=data))
        return comparison

    async def _propose(self, patch: Patch, found: Findings, comparison: Comparison | None) -> StationReport | None:
        """Write the patch and run every public check in clean processes; None and the old files when one fails."""
        texts = patch.changed({path: source.text for path, source in found.sources.items()})
        stats = {path: await self._sandbox.stat(path) for path in texts}
        modes = {path: stat.mode if stat else 0o644 for path, stat in stats.items()}
        for path, text in texts.items():
            await self._sandbox.write_file(path, text.encode(), mode=modes[path])
        runs = [await run_check(self._sandbox, c, self._assignment.environment) for c in self._assignment.checks]
        if not all(run.passed for run in runs):
            for path in texts:
                await self._sandbox.write_file(path, found.sources[path].text.encode(), mode=modes[path])
            return None
        return StationReport(
            cost_usd=NOTHING,
            claimed="pr_ready",
            summary=f"{said(patch)}. {agreement(found, comparison)}. {SELF}.",
            files=tuple(sorted(texts)),
            validation=tuple(describe(run) for run in runs),
            details=self._details(found, comparison),
        )

    def _uncertain(self, found: Findings, compared: Sequence[Patch], comparison: Comparison) -> StationReport:
        split = comparison.split
        assert split is not None
        order = [group[0] for group in comparison.groups]
        texts = {path: source.text for path, source in found.sources.items()}
        uncertainty = Uncertainty(
            question=f"What should {split.call} give?",
            answers=tuple(split.outcomes[index] for index in order),
            candidates=tuple(unified_diff(texts, compared[index].changed(texts)) for index in order),
        )
        summary = f"{agreement(found, comparison)}. {uncertainty.question} {SELF}."
        return StationReport(
            cost_usd=NOTHING,
            claimed="escalate",
            reason="product_decision",
            summary=summary,
            uncertainty=uncertainty,
            details=self._details(found, comparison),
        )

    async def _try(self, patches: Sequence[Patch], failing: Sequence[str], seconds: float) -> Batch:
        counted = 0

        def on_trial(trial: Trial) -> None:
            nonlocal counted
            counted += 1
            if trial.outcome == "plausible":
                self._emit(Event(kind="repair.plausible", data={"after": counted, "edit": said(trial.patch)}))
            elif counted % PROGRESS_EVERY == 0:
                self._emit(Event(kind="repair.progress", data={"tried": counted, "of": len(patches)}))

        return await try_patches(
            self._sandbox,
            self._check,
            self._assignment.environment,
            patches,
            failing=failing,
            budget=Budget(
                seconds=seconds,
                more_candidates=CANDIDATES if self._avoids else self._limits.more_candidates,
                more_seconds=seconds if self._avoids else self._limits.more_seconds,
            ),
            on_trial=on_trial,
        )

    async def _read(self, paths: set[str]) -> dict[str, Source]:
        texts = {path: await read_source(self._sandbox, path) for path in sorted(paths)}
        opened = {path: open_source(path, text) for path, text in texts.items() if text is not None}
        return {path: source for path, source in opened.items() if source is not None}

    def _may_change(self, path: str) -> bool:
        return may_change(path, scope=self._assignment.scope, protected=self._assignment.protected)

    def _report(self, reason: str, why: str, found: Findings | None = None) -> StationReport:
        return StationReport(
            cost_usd=NOTHING,
            claimed="escalate",
            reason=reason,
            summary=f"{why}. {SELF}.",
            details=self._details(found, None),
        )

    def _details(self, found: Findings | None, comparison: Comparison | None) -> dict[str, Any]:
        return {
            "language_model": None,
            "candidates_tried": len(found.trials) if found else 0,
            "plausible": len(found.plausible) if found else 0,
            "groups": len(comparison.groups) if comparison else None,
            "lead": round(lead_of(found, comparison), 3) if found and comparison else None,
            "inputs_compared": comparison.compared if comparison else None,
            "seconds": round(time.monotonic() - self._started, 2),
            "functions": names_of(found.suspects) if found else [],
        }


def _gives_up(reason: str, why: str) -> StationReport:
    return StationReport(
        cost_usd=NOTHING, claimed="escalate", reason=reason, summary=f"{why}.", details={"language_model": None}
    )
