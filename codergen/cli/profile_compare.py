"""What `codergen profile compare` does: one scripted session through the vendor's tool and through our loop, against
the same recorder; then the two streams of requests, field by field."""

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from codergen.agent.limits import SessionLimits
from codergen.agent.session import Session
from codergen.agent.setup import Setup
from codergen.agent.surroundings import User, gather
from codergen.cli.profile_capture import PROMPT, Run, recorded, script, theirs
from codergen.cli.profile_launch import KEY, PROVIDERS, located
from codergen.cli.signals import run_until_stopped
from codergen.profiles.capture import scratch
from codergen.profiles.capture.compare import ABSENT, IDENTITY, Field, compare
from codergen.profiles.capture.observe import main_requests
from codergen.profiles.capture.profile import captured_profile
from codergen.profiles.capture.scratch import CWD, StandardCall
from codergen.profiles.capture.store import load
from codergen.profiles.families import kit_of, load_profile
from codergen.profiles.native import Native
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.settings import Settings
from providers import registry
from providers.registry import Endpoint
from providers.twin.serving import serving
from providers.vendors import VENDORS

Wire = Mapping[str, Any]


def compare_streams(args: argparse.Namespace, settings: Settings) -> int:
    """Raises UsageError where the tool is missing, CaptureFailed where it did not play along."""
    fields, unstable = run_until_stopped(_compare(args, settings))
    if args.json:
        document = {"family": args.family, **counts(fields), "unstable": list(unstable)}
        sys.stdout.write(json.dumps({**document, "fields": _rows(fields, args.all)}) + "\n")
        return 0
    sys.stdout.write(told(args.family, fields, unstable, everything=args.all))
    return 0


async def _compare(args: argparse.Namespace, settings: Settings) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    found = await located(args.family, settings)
    calls = scratch.standard_session(args.family)
    with tempfile.TemporaryDirectory(prefix="codergen-compare-") as folder:
        work = Path(folder).resolve()
        left = await theirs(args.family, found, calls, work=work / "theirs", model=args.model)
        captured = None if args.builtin else load(settings.data, args.family)
        built_in = load_profile(args.family, left.model)
        profile = captured_profile(captured, built_in) if captured else built_in
        right = await ours(profile, left.model, calls, work=work / "ours")
    one, other = (
        [_placed(body, work / side) for body in main_requests(args.family, run.bodies)]
        for side, run in (("theirs", left), ("ours", right))
    )
    return compare(args.family, one, other), right.unstable


async def ours(profile: Native, model: str, calls: Sequence[StandardCall], *, work: Path) -> Run:
    """Our loop through the same session, by the real client, in a repository of the same files."""
    repo = work / "repo"
    scratch.make(repo)
    family = profile.facts.name
    sandbox = HostSandbox()
    record = await sandbox.start(SandboxSpec(workspace=repo))
    try:
        async with serving(PROVIDERS[family], script(calls, repo)) as twin:
            url = f"{twin.url}{VENDORS[PROVIDERS[family]].path}"
            user = User(home=work / "home", config=work / "home")
            kit, now = kit_of(profile, {}), datetime.now().astimezone()
            tree = partial(kit.tree, sandbox, record.inside) if kit.tree else None
            around = await gather(sandbox, record.inside, family=family, user=user, now=now, tree=tree)
            client = await registry.connect(profile.api, Endpoint(base_url=url, api_key=KEY))
            setup = Setup(
                client=client, model=model, profile=profile, sandbox=sandbox, tools=kit.toolset(),
                root=record.inside, surroundings=around.surroundings, limits=SessionLimits(turns=None),
            )  # fmt: skip
            session = Session.start(setup, work / "session.jsonl")
            try:
                await session.submit(PROMPT)
            finally:
                await session.close()
                await client.close()
        return recorded(twin)
    finally:
        await sandbox.stop()


def _placed(body: Wire, work: Path) -> Wire:
    """With a mark for the repository's path, which is another one on each side."""
    text = json.dumps(body).replace(str(work / "repo"), CWD).replace(str(work / "home"), "@HOME@")
    return json.loads(text)


def counts(fields: Sequence[Field]) -> dict[str, Any]:
    """How many fields of each kind."""
    kinds = Counter(field.kind for field in fields)
    return {"requests": 1 + max((field.request for field in fields), default=-1), "total": len(fields), **kinds}


def told(family: str, fields: Sequence[Field], unstable: Sequence[str], *, everything: bool) -> str:
    """Counts, then each field that is not the same, once for all the requests that it stands in."""
    found = counts(fields)
    lines = [
        f"{found['requests']} requests, {found['total']:,} fields: "
        + ", ".join(f"{found.get(kind, 0):,} {kind}" for kind in ("same", "differs", "only theirs", "only ours")),
        f"left out as identity: {', '.join(IDENTITY[family]) or 'nothing'}",
        f"prompt caches: {len(unstable)} requests of ours do not extend the one before",
        *(f"  {where}" for where in unstable),
    ]
    return "\n".join([*lines, *_grouped(fields, everything)]) + "\n"


def _grouped(fields: Sequence[Field], everything: bool) -> list[str]:
    """Each field that is not the same, once; a tool that only one side has is one thing."""
    lines: list[str] = []
    grouped: dict[tuple[str, str, str, str], list[int]] = {}
    missing = {
        (f.kind, _tool(f.path)) for f in fields if f.kind.startswith("only") and f.path == f"{_tool(f.path)}.name"
    }
    for field in fields:
        if not everything and field.kind == "same":
            continue
        whole = (field.kind, _tool(field.path)) in missing
        told_of = ("", "") if whole else (_short(field.theirs), _short(field.ours))
        key = (field.kind, _tool(field.path) if whole else field.path, told_of[0], told_of[1])
        requests = grouped.setdefault(key, [])
        if field.request not in requests[-1:]:
            requests.append(field.request)
    for (kind, path, theirs_, ours_), where in grouped.items():
        span = f"{where[0] + 1}" if len(where) == 1 else f"{where[0] + 1}..{where[-1] + 1}, {len(where)} times"
        lines.append(f"{kind}: {path} (request {span})")
        lines += [f"  theirs {theirs_}"] * (kind != "only ours" and theirs_ != "")
        lines += [f"  ours   {ours_}"] * (kind != "only theirs" and ours_ != "")
    return lines


def _tool(path: str) -> str:
    """The tool that a field belongs to; empty for all others."""
    found = re.match(r".*?(?:tools|functionDeclarations)\[[^\]]+\]", path)
    return found[0] if found else ""


def _rows(fields: Sequence[Field], everything: bool) -> list[dict[str, Any]]:
    return [
        {"request": f.request, "path": f.path, "kind": f.kind, "theirs": _json(f.theirs), "ours": _json(f.ours)}
        for f in fields
        if everything or f.kind != "same"
    ]


def _json(value: object) -> object:
    return None if value is ABSENT else value


def _short(value: object) -> str:
    text = json.dumps(_json(value), ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:60]} ... {text[-50:]} ({len(text):,} characters)"
