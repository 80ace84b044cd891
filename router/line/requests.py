"""What a job gives to a station and to the verifier, from its packet. Pure.

Here is decided what a station sees: public checks and feedback, never a scenario or the verifier's own view.
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from codergen.tools.check import Environment
from router.line.attempt import Attempt
from router.line.job import Line, checks_of
from router.line.reproduce import Reproduction
from router.line.verify import VerifyRequest
from router.line.workspace import Patch, Repo
from router.packet import CHANGE_CLASSES, REPRODUCED_CLASSES, TaskPacket
from router.station import Assignment, AttemptLimits


def assignment(
    packet: TaskPacket,
    environment: Environment,
    found: Reproduction,
    before: Sequence[Attempt],
    *,
    job_id: str,
    number: int,
    left: float,
) -> Assignment:
    """What an attempt is asked after those `before`, with `left` seconds of the job."""
    limits = packet.limits
    return Assignment(
        job_id=job_id,
        attempt=number,
        intent=packet.intent,
        task_class=packet.task_class,
        language=packet.language,
        scope=packet.scope,
        protected=packet.validation.protected,
        non_goals=packet.non_goals,
        allowed_tools=packet.allowed_tools,
        checks=checks_of(packet),
        reproduction=found.failing,
        environment=environment,
        limits=AttemptLimits(
            seconds=min(limits.attempt_seconds, left),
            tokens=limits.tokens,
            usd=None if limits.usd is None else Decimal(str(limits.usd)),
        ),
        rejected=tuple(
            a.patch.text for a in before if a.patch and a.verdict is not None and a.verdict.decision == "rejected"
        ),
        feedback=tuple(a.verdict.feedback for a in before if a.verdict is not None and a.verdict.feedback),
    )


def verification(
    packet: TaskPacket, line: Line, found: Reproduction, repo: Repo, patch: Patch, *, work: Path
) -> VerifyRequest:
    """How a change is to be judged."""
    return VerifyRequest(
        repo=repo,
        patch=patch,
        checks=checks_of(packet),
        scenarios=packet.validation.scenarios,
        protected=packet.validation.protected,
        scope=packet.scope,
        expect_base_fails=packet.task_class in REPRODUCED_CLASSES,
        accept_exit_code=packet.validation.accept_exit_code,
        expect_change=packet.task_class in CHANGE_CLASSES,
        base_runs=found.runs,
        environment=line.environment,
        sandbox_factory=line.sandbox_factory,
        spec=line.spec(packet),
        work=work,
    )
