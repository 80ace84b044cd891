"""What `codergen tool` does: a real call, in a real sandbox, without a model."""

import argparse
import json
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from codergen.agent.one_call import Bench
from codergen.cli.signals import run_until_stopped
from codergen.cli.turn import boxed, profile_for
from codergen.errors import UsageError
from codergen.profiles.families import kit_of
from codergen.profiles.native import Native
from codergen.profiles.profile import Frame
from codergen.settings import Settings
from codergen.tools.base import ToolResult
from providers.types import MediaPart, ToolCallPart, ToolSpec

FAILED = 1
"""The call was refused or failed, and no command gave a code of its own."""

ENCODERS: Mapping[str, str] = {
    "anthropic_messages": "providers.anthropic_messages.encode:tool",
    "openai_responses": "providers.openai_responses.encode:tool",
    "gemini_generate": "providers.gemini_generate.encode:declaration",
}
"""Api -> how it writes a tool down."""


def list_tools(args: argparse.Namespace, settings: Settings) -> int:
    """Names and first lines, or the wire's JSON. Raises UsageError."""
    profile = profile_for(settings, Path(), model=args.model, name=args.profile)
    if args.json:
        sys.stdout.write(json.dumps({"tools": [wire(profile, spec) for spec in profile.facts.specs]}) + "\n")
        return 0
    width = max(len(spec.name) for spec in profile.facts.specs)
    for spec in profile.facts.specs:
        sys.stdout.write(f"{spec.name.ljust(width)}  {spec.description.splitlines()[0]}\n")
    return 0


def wire(profile: Native, spec: ToolSpec) -> Mapping[str, Any]:
    """A tool as the family's own API is told of it."""
    module, _, function = ENCODERS[profile.api].partition(":")
    return dict(getattr(import_module(module), function)(spec))


def run_tool(args: argparse.Namespace, settings: Settings) -> int:
    """One call. Raises UsageError, SandboxError."""
    profile = profile_for(settings, args.cwd, model=args.model, name=args.profile)
    spec = next((spec for spec in profile.facts.specs if spec.name == args.name), None)
    if spec is None:
        names = ", ".join(spec.name for spec in profile.facts.specs)
        raise UsageError(f"profile {args.profile!r} has no tool {args.name!r}", remedy=f"it has: {names}")
    text = sys.stdin.read() if args.args == "-" else args.args
    call = ToolCallPart(id="call_1", name=spec.name, arguments=text, freeform=spec.freeform)
    result = run_until_stopped(_call(args, settings, profile, call))
    _print(args, result)
    return _code(result)


async def _call(args: argparse.Namespace, settings: Settings, profile: Native, call: ToolCallPart) -> ToolResult:
    async with boxed(settings, args.cwd, args.sandbox) as (sandbox, record, env):
        frame = Frame(model=args.model, root=record.inside)
        bench = Bench(tools=kit_of(profile, env).toolset(), frame=frame, sandbox=sandbox)
        try:
            return await bench.answer(call)
        finally:
            await bench.close()


def _print(args: argparse.Namespace, result: ToolResult) -> None:
    if args.json:
        document = {
            "content": result.content,
            "is_error": bool(result.is_error),
            "media": [_media(part) for part in result.media],
            "after": result.after,
            "details": dict(result.details),
            "state": dict(result.state),
        }
        sys.stdout.write(json.dumps(document) + "\n")
        return
    sys.stdout.write(result.content + ("" if result.content.endswith("\n") or not result.content else "\n"))
    for part in result.media:
        sys.stdout.write(f"[{part.media_type}, {len(part.data) * 3 // 4:,} bytes]\n")
    if result.after:
        sys.stdout.write(f"{result.after}\n")


def _media(part: MediaPart) -> dict[str, Any]:
    return {"media_type": part.media_type, "base64": part.data, "url": part.url}


def _code(result: ToolResult) -> int:
    """The command's own status where one ran, as a shell has it."""
    code, signal = result.details.get("exit_code"), result.details.get("signal")
    if isinstance(code, int):
        return code
    if isinstance(signal, int):
        return 128 + signal
    return FAILED if result.is_error else 0
