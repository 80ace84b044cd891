"""The work of `codergen twin serve` and `twin record`: both run until they are told to end, which is their good end."""

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from codergen.cli.twin import PROVIDERS
from codergen.errors import CodergenError, UsageError
from codergen.settings import Settings
from providers.scripted import ScriptError
from providers.twin import cassette, script_file
from providers.twin.brain import Brain
from providers.twin.faults import NAMES, Fault
from providers.twin.fronts import load
from providers.twin.serving import serving


class TwinDisagrees(CodergenError):
    """Turns were left over, or requests came that nobody expected."""

    exit_code = 10


def serve(args: argparse.Namespace, settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM. Raises UsageError, ScriptInvalid, TwinDisagrees, what a brain needs to start."""
    fault = _fault(args)
    if args.log is not None:
        args.log.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_serve(args, settings, fault))
    except ScriptError as problems:
        raise TwinDisagrees("\n  ".join(["the twin was asked otherwise:", *str(problems).splitlines()])) from problems
    except OSError as error:
        raise _port_taken(args.port, error) from error
    return 0


async def _serve(args: argparse.Namespace, settings: Settings, fault: Fault | None) -> None:
    providers = PROVIDERS if args.provider == "all" else (args.provider,)
    async with (
        _brain(args, settings) as brain,
        serving(providers, brain, fault=fault, folder=args.log, port=args.port) as twin,
    ):
        _announce(twin.url, {name: _environment(name, twin.url, several=len(providers) > 1) for name in providers})
        await _told_to_end()


def record(args: argparse.Namespace, settings: Settings) -> int:  # settings: every verb has them
    """Pass on and keep until SIGINT or SIGTERM. Raises UsageError."""
    del settings
    if not args.upstream.startswith(("http://", "https://")):
        raise UsageError(f"{args.upstream} is no URL", remedy="e.g. --upstream https://HOST")
    if not args.out.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {args.out.absolute().parent} for --out")
    try:
        asyncio.run(_record(args.provider, args.upstream, args.out, args.port))
    except OSError as error:
        raise _port_taken(args.port, error) from error
    return 0


async def _record(provider: str, upstream: str, out: Path, port: int) -> None:
    from providers.twin.record import recording

    async with recording(provider, upstream, out, port=port) as (url, tape):
        _announce(url, {provider: {**_environment(provider, url), **_own_key(provider, url)}})
        await _told_to_end()
    sys.stderr.write(f"codergen: {len(tape.exchanges)} exchanges in {out}\n")


def _own_key(provider: str, url: str) -> Mapping[str, str]:
    """Recording needs the real key, not the twin's."""
    return {name: "YOUR KEY" for name in _environment(provider, url) if name.endswith(("_KEY", "_TOKEN"))}


def _environment(provider: str, url: str, *, several: bool = False) -> Mapping[str, str]:
    return load(provider).environment(f"{url}/{provider}" if several else url)


def _announce(url: str, environments: Mapping[str, Mapping[str, str]]) -> None:
    lines = [url]
    for provider, variables in environments.items():
        lines += [f"# {provider}"] if len(environments) > 1 else []
        lines += [f"export {name}={_quoted(value)}" for name, value in variables.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


async def _told_to_end() -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()


def _fault(args: argparse.Namespace) -> Fault | None:
    if args.fault is None:
        return None
    if args.fault not in NAMES:
        raise UsageError(f"no fault is named {args.fault}", remedy=f"one of: {', '.join(NAMES)}")
    return Fault(
        name=args.fault,
        first=args.fault_first,
        seconds=args.fault_seconds,
        retry_after=args.retry_after,
    )


@asynccontextmanager
async def _brain(args: argparse.Namespace, settings: Settings) -> AsyncGenerator[Brain, None]:
    if args.script is not None:
        yield script_file.load(_file(args.script))
    elif args.cassette is not None:
        yield cassette.Cassette(cassette.load(_file(args.cassette)))
    elif args.brain == "local":
        from codergen.cli.twin_local import local_brain

        async with local_brain(settings) as brain:
            yield brain
    elif args.repo is None or args.check is None:
        raise UsageError("--brain repair needs --repo DIR and --check COMMAND")
    else:
        from codergen.cli.twin_repair import repair_brain  # brings the line with it, which costs half a second

        yield await repair_brain(args.repo, args.check, settings)


def _file(path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"{path} is not a file")
    return path


def _port_taken(port: int, error: OSError) -> UsageError:
    return UsageError(f"port {port} cannot be served: {error.strerror}", remedy="--port 0 takes any free one")
