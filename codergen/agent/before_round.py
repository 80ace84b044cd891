"""The workspace's files are kept before a round of calls that may change them."""

from collections.abc import Sequence

from codergen.agent.checkpoints import NotKept
from codergen.agent.history import CHECKPOINT
from codergen.agent.parts import Parts
from codergen.agent.record import Record
from codergen.agent.tool_calls import Ready, prepare
from providers.types import ToolCallPart

_CHANGES = frozenset({"edit", "run", "agent"})


async def before_round(parts: Parts, record: Record, calls: Sequence[ToolCallPart]) -> None:
    """Take a checkpoint where one of `calls` may change files. One that cannot be taken is told and ends nothing."""
    if parts.checkpoints is None or parts.checkpoints.given_up or not _changing(parts, calls):
        return
    try:
        kept = await parts.checkpoints.take()
    except NotKept as error:
        record("checkpoint.skipped", {"why": str(error)})
    else:
        record(CHECKPOINT, kept.data())


def _changing(parts: Parts, calls: Sequence[ToolCallPart]) -> bool:
    ready = [prepared for call in calls if isinstance(prepared := prepare(call, parts.tools), Ready)]
    return any(one.tool.intent(one.args).act in _CHANGES for one in ready)
