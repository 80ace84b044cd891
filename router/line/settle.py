"""Lets held-out scenarios answer the question that a station left, where nothing else was accepted.

They answer it only when exactly one of the candidates is accepted and all others are rejected: one that is merely weak
may be right too. Otherwise a person is asked.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from codergen.events import Emit, Event
from router.errors import RepositoryError
from router.line.attempt import Attempt
from router.line.verify import VerifyRequest, prepare, verify
from router.line.workspace import Patch, Repo


async def settle(
    unsure: Attempt, number: int, repo: Repo, request: Callable[[Patch], VerifyRequest], emit: Emit
) -> Attempt | None:
    """Verify every candidate; the one accepted as an attempt of its own, or None."""
    assert unsure.report is not None and unsure.report.uncertainty is not None
    candidates = unsure.report.uncertainty.candidates
    began = time.monotonic()
    emit(Event(kind="settle.start", data={"number": number, "candidates": len(candidates)}))
    try:
        patches = [await repo.patch_from_text(text) for text in candidates]
    except RepositoryError as error:
        emit(Event(kind="settle.end", data={"number": number, "accepted": 0, "of": 0, "error": str(error)}))
        return None
    prepared = await prepare(request(patches[0]))
    verdicts = [await verify(request(patch), prepared) for patch in patches]
    accepted = [at for at, verdict in enumerate(verdicts) if verdict.decision == "accepted"]
    emit(Event(kind="settle.end", data={"number": number, "accepted": len(accepted), "of": len(patches)}))
    if len(accepted) != 1 or any(verdict.decision in {"weak", "void"} for verdict in verdicts):
        return None
    told = f"Of {len(patches)} changes that satisfy every public check, exactly one satisfies what was held out."
    chosen = accepted[0]
    return Attempt(
        number=number,
        version=unsure.version,
        report=replace(
            unsure.report, claimed="pr_ready", reason="", summary=told, uncertainty=None, cost_usd=Decimal(0)
        ),
        patch=patches[chosen],
        verdict=verdicts[chosen],
        seconds=round(time.monotonic() - began, 3),
        at=datetime.now(UTC),
    )
