"""What `codergen profile capture` does: the vendor's tool and our own tools through the same calls, then compared."""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from codergen.agent.one_call import Bench
from codergen.cli.profile_launch import located, play, vendor
from codergen.cli.signals import run_until_stopped
from codergen.errors import CodergenError
from codergen.profiles.capture import scratch
from codergen.profiles.capture.learn import Learned, Row, Theirs, learn, table
from codergen.profiles.capture.observe import Answered, Observed, Text, observe
from codergen.profiles.capture.scratch import CWD, StandardCall
from codergen.profiles.capture.store import Captured, Miss, save
from codergen.profiles.families import kit_of, load_profile
from codergen.profiles.profile import Frame
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.settings import Settings
from codergen.tools.base import ToolResult
from providers.scripted import Reply, ScriptError
from providers.twin.app import Twin
from providers.twin.serving import Said
from providers.types import ToolCallPart
from router.stations.vendor_cli.binary import Found

PROMPT = "Work through the steps."
END = "All steps are done."


class CaptureFailed(CodergenError):
    """The vendor's tool did not go through the standard session."""

    exit_code = 9


def capture(args: argparse.Namespace, settings: Settings) -> int:
    """Raises UsageError where the tool is missing, CaptureFailed where it did not play along."""
    captured, learned = run_until_stopped(_capture(args, settings))
    path = save(settings.data, captured)
    if args.json:
        document = {**asdict(captured), "dated": captured.dated.isoformat(), "path": str(path)}
        sys.stdout.write(json.dumps(document) + "\n")
        return 0
    sys.stdout.write(
        f"{captured.family} {captured.version}, model {captured.model}: {len(captured.tools)} tools, "
        f"{sum(len(text.text) for text in captured.texts):,} characters of prompt, {len(captured.wording)} wordings\n"
        f"{table(learned.rows)}\n"
    )
    if captured.lacking:
        sys.stdout.write(f"tools that we do not have: {', '.join(captured.lacking)}\n")
    sys.stdout.write(f"kept in {path}; use it with --profile captured\n")
    return 0


async def _capture(args: argparse.Namespace, settings: Settings) -> tuple[Captured, Learned]:
    found = await located(args.family, settings)
    calls = scratch.standard_session(args.family)
    with tempfile.TemporaryDirectory(prefix="codergen-capture-") as folder:
        work = Path(folder).resolve()
        run = await theirs(args.family, found, calls, work=work / "theirs", model=args.model)
        seen = observe(args.family, run.bodies, prompt=PROMPT, model=run.model)
        profile = load_profile(args.family, seen.model)
        ours = await answers(args.family, calls, work / "ours")
    placed = placeless(seen, work / "theirs")
    told = [_theirs(placed.answers.get(_id(at))) for at in range(len(calls))]
    learned = learn(profile.texts.wording, calls, ours, told, root=str(work / "ours" / "repo"))
    have = {spec.name for spec in profile.facts.specs}
    names = [str(tool.get("name") or tool.get("type")) for tool in placed.tools]
    captured = Captured(
        family=args.family, version=found.version, dated=datetime.now(UTC).date(), model=seen.model,
        params=placed.params, texts=placed.texts, tools=placed.tools, wording=learned.wording, calls=len(calls),
        misses=tuple(_miss(row) for row in learned.rows if row.verdict != "same"),
        lacking=tuple(name for name in names if name not in have),
    )  # fmt: skip
    return captured, learned


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a recorder saw of one way through the standard session."""

    bodies: tuple[Mapping[str, Any], ...]
    model: str
    """Of the requests with tools."""
    unstable: tuple[str, ...] = ()
    """Requests that do not extend the one before them, and where."""


async def theirs(family: str, found: Found, calls: Sequence[StandardCall], *, work: Path, model: str = "") -> Run:
    """The vendor's tool through the calls, one a turn. Raises CaptureFailed when it left the way."""
    repo = work / "repo"
    scratch.make(repo)
    try:
        twin, ran = await play(family, found, script(calls, repo), work=work, prompt=PROMPT, model=model)
    except ScriptError as error:
        raise CaptureFailed(f"{vendor(family).name} {found.version} left the standard session:\n  {error}") from error
    if ran.code != 0:
        last = ran.output.strip()[-600:]
        raise CaptureFailed(f"{vendor(family).name} {found.version} ended with {ran.code}:\n  {last}")
    return recorded(twin)


def script(calls: Sequence[StandardCall], repo: Path) -> list[Said]:
    """The calls as turns of a model, and a last word."""
    return [*(Reply(tool_calls=(_part(at, call.at(str(repo))),)) for at, call in enumerate(calls)), Reply(text=END)]


def recorded(twin: Twin) -> Run:
    """Raises CaptureFailed when nothing was asked of a model."""
    asked = [(one.call.body, one.asked.request) for one in twin.seen if one.asked is not None]
    model = next((request.model for _, request in asked if request.tools), "")
    if not model:
        raise CaptureFailed("the recorder saw no request with tools")
    return Run(bodies=tuple(body for body, _ in asked), model=model, unstable=tuple(twin.differences))


async def answers(family: str, calls: Sequence[StandardCall], work: Path, model: str = "") -> list[ToolResult]:
    """What our tools say to the same calls, in a repository of the same files, without walls as the vendor's."""
    repo = work / "repo"
    scratch.make(repo)
    sandbox = HostSandbox()
    record = await sandbox.start(SandboxSpec(workspace=repo))
    try:
        frame = Frame(model=model, root=record.inside)
        bench = Bench(tools=kit_of(load_profile(family, model), {}).toolset(), frame=frame, sandbox=sandbox)
        return await bench.answers([_part(at, call.at(record.inside)) for at, call in enumerate(calls)])
    finally:
        await sandbox.stop()


def _part(at: int, call: StandardCall) -> ToolCallPart:
    return ToolCallPart(id=_id(at), name=call.name, arguments=call.arguments, freeform=call.freeform)


def _id(at: int) -> str:
    return f"call_{at:03}"


def placeless(seen: Observed, work: Path) -> Observed:
    """With marks for paths, dates and ids of this one run."""
    home, cwd = str(work / "home"), str(work / "repo")
    marks = ((cwd, CWD), (cwd.replace("/", "-"), "@CWDSLUG@"), (home, "@HOME@"))

    def mark(text: str) -> str:
        for value, name in marks:
            text = text.replace(value, name)
        return _UUID.sub("@UUID@", text)

    return replace(
        seen,
        texts=tuple(Text(place=text.place, text=mark(text.text)) for text in seen.texts),
        answers={id: replace(answer, text=mark(answer.text)) for id, answer in seen.answers.items()},
    )


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _theirs(answer: Answered | None) -> Theirs | None:
    return None if answer is None else Theirs(text=answer.text, is_error=answer.is_error)


def _miss(row: Row) -> Miss:
    return Miss(
        call=f"{row.call.name} {row.call.arguments[:200]}",
        why=row.verdict,
        ours=row.ours[:400],
        theirs=row.theirs[:400],
    )
