"""A twin for the time of a block, inside the caller's event loop."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from providers.scripted import Reply, ScriptError
from providers.twin import fronts
from providers.twin.app import Twin
from providers.twin.brain import Brain
from providers.twin.faults import Fault
from providers.twin.front import Answer, Turn
from providers.twin.listener import listening
from providers.twin.script import Line, Script, conversation
from providers.types import ModelInfo

Said = Line | Turn | Reply | Fault | Answer
"""One turn of a script, in the shortest form that says it."""


@asynccontextmanager
async def serving(
    provider: str | Sequence[str],
    brain: Brain | Sequence[Said],
    *,
    fault: Fault | None = None,
    models: Mapping[str, Sequence[ModelInfo]] | None = None,
    folder: Path | None = None,
    port: int = 0,
) -> AsyncGenerator[Twin, None]:
    """Serve one provider, or several under `/PROVIDER`. Turns given as a sequence are one conversation.

    When the block ends well, raises ScriptError if the brain has problems: turns left over, requests it did not expect.
    """
    names = (provider,) if isinstance(provider, str) else provider
    twin = Twin(
        fronts=[fronts.load(name) for name in names],
        brain=Script([conversation(brain)]) if isinstance(brain, Sequence) else brain,
        fault=fault,
        models=models or {},
        folder=folder,
    )
    async with listening(twin, port=port) as twin.url:
        yield twin
    if problems := twin.problems():
        raise ScriptError("\n".join(problems))
