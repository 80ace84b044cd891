"""Kills sessions in the middle of journal writes and goes on with each: `python -m evals.accept.journal_crash`.

Most die at a byte that is drawn beforehand: the kernel lets a write go that far and ends the process at the next (a
limit on the size of files, with its signal at its default). The rest are killed from outside at a moment that is drawn.
The workspace, the tools and the resumed session are real; the model is a script.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from codergen.agent.session import Session
from codergen.agent.setup import Setup
from codergen.conversation import AssistantEntry, Conversation, ToolEntry, UserEntry
from codergen.events import Event, ignore
from codergen.journal import CUT, parse, read
from codergen.profiles.profile import Ask, Finished, Frame, ProfileFacts, Step
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.registry import ToolSet
from codergen.tools.shell import Shell
from codergen.tools.write import Write
from providers.scripted import Reply, ScriptedClient, call
from providers.types import Message, ModelRequest, ModelResponse

TURNS = ("write it", "say it again")
FROM_OUTSIDE = 5
"""One in so many is killed from outside."""


class Plainest:
    """Everything said goes out, every answer comes back as it is."""

    facts = ProfileFacts(name="crash", version="0", prompts=(), tools=("write", "shell"))

    def request(self, conversation: Conversation, frame: Frame) -> Step:
        last = conversation.entries[-1]
        if isinstance(last, AssistantEntry) and not last.message.tool_calls:
            return Finished(reason="answered", text=last.message.text)
        return Ask(request=ModelRequest(model=frame.model, messages=conversation.messages(), tools=frame.tools))

    def read(self, response: ModelResponse, conversation: Conversation, frame: Frame) -> Message:
        return response.message


@dataclass(slots=True)
class Figures:
    """What came of all kills."""

    killed: dict[str, int] = field(default_factory=dict[str, int])
    unhurt: int = 0
    """Processes that ended before their moment came."""
    cut: int = 0
    """Journals with an unfinished last line."""
    lost: int = 0
    """Most events that were shown to somebody and are not in the journal."""
    resumed: int = 0
    problems: list[str] = field(default_factory=list[str])


def script() -> list[Reply]:
    def use(name: str, id: str, **arguments: str) -> Reply:
        return Reply(text=f"{name} {id} Größe", tool_calls=(call(name, json.dumps(arguments), id=id),), piece=24)

    return [
        use("write", "c1", path="a.txt", content="one\n" * 40),
        use("shell", "c2", command="cat a.txt; echo done"),
        Reply(text="Written.", piece=24),
        use("shell", "c3", command="cat a.txt"),
        Reply(text="Said.", piece=24),
    ]


async def setup(workspace: Path, client: ScriptedClient) -> Setup:
    sandbox = HostSandbox()
    await sandbox.start(SandboxSpec(workspace=workspace))
    return Setup(client=client, model="m", profile=Plainest(), sandbox=sandbox, tools=ToolSet([Write(), Shell()]))


async def work(workspace: Path, journal: Path, told: int) -> None:
    """The session that is killed; each event that was shown is a byte in the pipe `told`."""

    def tell(event: Event) -> None:
        os.write(told, b".")

    session = Session.start(await setup(workspace, ScriptedClient(turns=script())), journal, tell)
    for text in TURNS:
        await session.submit(text)
    await session.close()


def die(folder: Path, *, size: int | None, after: float | None) -> tuple[int, int]:
    """Run `work` in a process of its own until it is killed; (signal or 0, events that it showed)."""
    workspace = folder / "workspace"
    workspace.mkdir(parents=True)
    ours, theirs = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            os.close(ours)
            if size is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            asyncio.run(work(workspace, folder / "s.jsonl", theirs))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(theirs)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    shown = sum(map(len, iter(lambda: os.read(ours, 1 << 16), b"")))
    os.close(ours)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise RuntimeError("the session to be killed failed by itself")
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), shown


async def go_on(workspace: Path, journal: Path) -> list[str]:
    """Resume a journal and take a turn; says what is wrong with it."""
    before = parse(journal.read_bytes())
    client = ScriptedClient(turns=[Reply(text="back")])
    session = Session.resume(await setup(workspace, client), journal, ignore)
    end = await session.submit("go on")
    entries = session.conversation.entries
    await session.close()
    after = read(journal)
    found = {
        "its turn did not end": end.text != "back",
        "lines from before are gone": after.lines[: len(before.lines)] != before.lines,
        "a cut tail is not named": before.cut is not None and after.lines[len(before.lines)].kind != CUT,
        "a call has no result": not _paired(entries),
    }
    return [text for text, wrong in found.items() if wrong]


def _paired(entries: tuple[object, ...]) -> bool:
    open_: list[str] = []
    for entry in entries:
        match entry:
            case AssistantEntry():
                open_ = [part.id for part in entry.message.tool_calls]
            case ToolEntry():
                open_.remove(entry.call_id)
            case UserEntry() if open_:
                return False
            case _:
                pass
    return not open_


def kill_many(count: int, seed: int) -> Figures:
    """`count` kills, each followed by a resume."""
    draw = random.Random(seed)
    figures = Figures()
    root = Path(tempfile.mkdtemp(prefix="codergen-crash-"))
    try:
        began = time.monotonic()
        die(root / "whole", size=None, after=None)
        seconds = time.monotonic() - began
        total = (root / "whole" / "s.jsonl").stat().st_size
        number = 0
        while sum(figures.killed.values()) < count and number < 3 * count:
            number += 1
            outside = number % FROM_OUTSIDE == 0
            size = None if outside else draw.randrange(1, total)
            after = draw.uniform(0, seconds) if outside else None
            _one(root / str(number), size, after, figures)
            shutil.rmtree(root / str(number), ignore_errors=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return figures


def _one(folder: Path, size: int | None, after: float | None, figures: Figures) -> None:
    number, shown = die(folder, size=size, after=after)
    if number == 0:
        figures.unhurt += 1
        return
    name = signal.Signals(number).name
    figures.killed[name] = figures.killed.get(name, 0) + 1
    journal = folder / "s.jsonl"
    if not journal.exists():  # killed before it began: nothing to go on with, nothing lost
        figures.resumed += 1
        return
    transcript = read(journal)
    figures.cut += transcript.cut is not None
    figures.lost = max(figures.lost, shown - len(transcript.lines))
    wrong = asyncio.run(go_on(folder / "workspace", journal))
    figures.resumed += not wrong
    figures.problems += [f"size {size}, after {after}: {text}" for text in wrong]


def cut_everywhere(seed: int, resumes: int, every: int) -> tuple[int, int, int]:
    """One journal, cut at every so many bytes: (places, read with all whole lines, resumed of `resumes` drawn)."""
    root = Path(tempfile.mkdtemp(prefix="codergen-crash-"))
    try:
        die(root / "whole", size=None, after=None)
        whole = (root / "whole" / "s.jsonl").read_bytes()
        ends = range(0, len(whole) + 1, every)
        good = sum(len(parse(whole[:end]).lines) == whole[:end].count(b"\n") for end in ends)
        resumed = 0
        for end in random.Random(seed).sample(range(len(whole)), min(resumes, len(whole))):
            path = root / "cut.jsonl"
            path.write_bytes(whole[:end])
            resumed += not asyncio.run(go_on(root / "whole" / "workspace", path))
        return len(ends), good, resumed
    finally:
        shutil.rmtree(root, ignore_errors=True)


def main() -> int:
    """0 when every journal was good and no event that was shown is lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0], allow_abbrev=False)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--cuts", type=int, default=100, help="resumes of a journal that was cut by hand")
    parser.add_argument("--every", type=int, default=1, help="bytes between two cuts that are only read")
    args = parser.parse_args()
    began = time.monotonic()
    figures = kill_many(args.kills, args.seed)
    killed = sum(figures.killed.values())
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(figures.killed.items()))
    write = sys.stdout.write
    write(f"seed {args.seed}: {killed} kills ({kinds}), {figures.unhurt} ended first; {figures.cut} left a cut line\n")
    write(f"resumed {figures.resumed} of {killed}; most events lost that somebody had seen: {figures.lost}\n")
    offsets, good, resumed = cut_everywhere(args.seed, args.cuts, args.every)
    write(f"cut at {offsets} places: {good} keep every whole line; resumed {resumed} of {args.cuts} drawn\n")
    write(f"{time.monotonic() - began:.0f} s\n")
    for problem in figures.problems:
        write(f"  wrong: {problem}\n")
    fine = killed >= args.kills and figures.resumed == killed and figures.lost <= 0
    return 0 if fine and good == offsets and resumed == args.cuts else 10


if __name__ == "__main__":
    sys.exit(main())
