"""What our loop adds to each round of tools, over a session of 500 rounds: everything between one request and the next
except the model and the command, the journal on disk included."""

import asyncio
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

from codergen.agent.limits import SessionLimits
from codergen.agent.session import Session
from codergen.agent.setup import Setup
from codergen.conversation import AssistantEntry, Conversation
from codergen.profiles.families import load_kit, load_profile
from codergen.profiles.profile import LOOP_SCAFFOLDS, Ask, Finished, Frame, Profile, ProfileFacts, Step
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.registry import create
from codergen.tools.read import Read
from codergen.tools.registry import ToolSet
from providers.scripted import Reply, ScriptedClient, call
from providers.types import Message, ModelRequest, ModelResponse

ROUNDS = 500
EDGE = 100
"""Rounds at either end that are held against each other."""


class Everything:
    """The plainest native profile: all that was said goes out."""

    facts = ProfileFacts(name="everything", version="0", prompts=(), tools=("read",), scaffolds=LOOP_SCAFFOLDS)

    def request(self, conversation: Conversation, frame: Frame) -> Step:
        last = conversation.entries[-1]
        if isinstance(last, AssistantEntry) and not last.message.tool_calls:
            return Finished(reason="answered", text=last.message.text)
        return Ask(request=ModelRequest(model=frame.model, messages=conversation.messages(), tools=frame.tools))

    def read(self, response: ModelResponse, conversation: Conversation, frame: Frame) -> Message:
        return response.message


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """Seconds of each round, in order."""

    wall: tuple[float, ...]
    cpu: tuple[float, ...]

    @property
    def slope_ms(self) -> float:
        """CPU that the last rounds take beyond the first, for each hundred rounds between them."""
        grown = median(self.cpu[-EDGE:]) - median(self.cpu[:EDGE])
        return grown * 1000 / ((len(self.cpu) - EDGE) / 100)

    @property
    def held(self) -> bool:
        """At most 5 ms, and later rounds take no more than early ones, but for noise."""
        return median(self.wall) <= 0.005 and self.slope_ms <= 0.2

    def __str__(self) -> str:
        wall = [second * 1000 for second in self.wall]
        p95 = quantiles(wall, n=20)[-1]
        cpu = median(self.cpu) * 1000
        slope = f"slope {self.slope_ms:+.3f} ms CPU per 100 rounds"
        return f"median {median(wall):.2f} ms (CPU {cpu:.2f} ms), p95 {p95:.2f} ms, {slope}"


@dataclass(slots=True)
class Clock:
    """A model that answers at once and notes when it was asked."""

    rounds: int
    name: str
    """Of the tool that it calls."""
    wall: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])

    def __call__(self, request: ModelRequest) -> Reply:
        self.wall.append(time.perf_counter())
        self.cpu.append(time.process_time())
        number = len(self.wall)
        if number > self.rounds:
            return Reply(text="Done.")
        arguments = json.dumps({"path": f"part{number % 7}.txt"})
        return Reply(text=f"Part {number}.", tool_calls=(call(self.name, arguments, id=f"c{number}"),))

    def taken(self) -> Rounds:
        wall, cpu = (tuple(b - a for a, b in pairwise(t)) for t in (self.wall, self.cpu))
        return Rounds(wall=wall, cpu=cpu)


async def measure(rounds: int = ROUNDS, profile: Profile | None = None, tools: ToolSet | None = None) -> Rounds:
    """One session on the host, each of whose rounds reads a small file. `profile` and `tools` with a tool `read`."""
    clock = Clock(rounds, "read")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        workspace.mkdir()
        for number in range(7):
            (workspace / f"part{number}.txt").write_text(f"part {number}\n" * 40)
        sandbox = create("host")
        await sandbox.start(SandboxSpec(workspace=workspace))
        setup = Setup(
            client=ScriptedClient(always=clock), model="m", profile=profile or Everything(), sandbox=sandbox,
            tools=tools or ToolSet([Read()]), limits=SessionLimits(turns=None),
        )  # fmt: skip
        session = Session.start(setup, Path(folder) / "session.jsonl")
        try:
            await session.submit("Read every part.")
        finally:
            await session.close()
            await sandbox.stop()
    return clock.taken()


def native(family: str, model: str) -> tuple[Profile, ToolSet]:
    """A family's profile and tools, and one tool of ours that takes no time to speak of."""
    profile = load_profile(family, model)
    kit = load_kit(family, profile.texts.wording, {})
    return profile, ToolSet([*kit.tools, Read()], kit.refusals)


def main() -> int:
    """Measure the plainest profile, then each `FAMILY=MODEL` of the command line; 1 when one does not hold."""
    missed = 0
    for name in ("", *sys.argv[1:]):
        family, _, model = name.partition("=")
        profile, tools = native(family, model) if name else (None, None)
        taken = asyncio.run(measure(profile=profile, tools=tools))
        missed += not taken.held
        said = f"added time per tool round, {name or 'plainest'}, {len(taken.wall)} rounds: {taken}"
        print(f"{'holds' if taken.held else 'MISSED':<7} {said}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
