"""The command line: words to a noun's module, exceptions to exit codes. Imports only the module that is asked for."""

import argparse
import difflib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from codergen import __version__
from codergen.cli.failure import report
from codergen.cli.output import end_unread, reader_left
from codergen.errors import UsageError
from codergen.settings import Settings, load

NOUNS: Mapping[str, tuple[str, str]] = {
    "run": ("codergen.cli.run", "take one job from packet to terminal state, now"),
    "verify": ("codergen.cli.verify", "judge the change that is in this repository, whoever made it"),
    "evidence": ("codergen.cli.evidence", "show or check an evidence folder"),
    "eval": ("codergen.cli.eval", "run tasks through stations and record the outcomes"),
    "route": ("codergen.cli.route", "which stations did how well, from recorded outcomes"),
    "station": ("codergen.cli.station", "who can take a job here: set up, try, set aside"),
    "model": ("codergen.cli.model", "what is known of models, and what they cost"),
    "provider": ("codergen.cli.provider", "who serves models here: keys, addresses, a tiny real call"),
    "tool": ("codergen.cli.tool", "one call of a profile's tool, as a model would make it"),
    "profile": ("codergen.cli.profile", "what each model family is sent, and its vendor's own tool beside it"),
    "prompt": ("codergen.cli.prompt", "what a profile tells its model"),
    "session": ("codergen.cli.session", "conversations that are kept: list, show, go on, go back"),
    "twin": ("codergen.cli.twin", "loopback servers that behave like the providers, for tests"),
    "local": ("codergen.cli.local", "the embedded model: install, status, serve, remove"),
}
"""noun -> (module with `add_parser(subparsers)`, one line for --help)."""

USAGE = """\
usage: codergen NOUN [VERB] [OPTIONS]

A job goes in, a terminal state you can believe comes out.

{nouns}

examples:
  codergen run "median([]) crashes" --check "python -m pytest -q tests/test_stats.py"
  codergen verify --base main

`codergen NOUN --help` tells more. Exit codes: docs/exit-codes.md.
"""


def run(argv: Sequence[str]) -> int:
    """Run one command line; returns its exit code. Writes errors to standard error as `codergen: ...`."""
    _open_streams()
    try:
        code = _answer(argv)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return end_unread()


def _open_streams() -> None:
    """Python has no stream where its descriptor was closed (`>&-`); what is written then goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - for the whole process


def _answer(argv: Sequence[str]) -> int:
    if not argv or argv[0] in {"-h", "--help", "help"}:
        width = max(map(len, NOUNS))
        lines = [f"  {noun.ljust(width)}  {text}" for noun, (_, text) in NOUNS.items()]
        (sys.stdout if argv else sys.stderr).write(USAGE.format(nouns="\n".join(lines)))
        return 0 if argv else 2
    if argv[0] == "version":
        sys.stdout.write(f"codergen {__version__}\n")
        return 0
    if argv[0] not in NOUNS:
        close = difflib.get_close_matches(argv[0], NOUNS, n=1)
        hint = f"; did you mean `codergen {close[0]}`?" if close else f"; there are: {', '.join(NOUNS)}"
        sys.stderr.write(f"codergen: no such command: {argv[0]}{hint}\n")
        return 2
    return _dispatch(argv)


Handler = Callable[[argparse.Namespace, Settings], int]


def _handler(named: "Handler | str") -> Handler:
    """A verb's handler; `module:function` where the work needs imports that --help does not."""
    if not isinstance(named, str):
        return named
    module, _, function = named.partition(":")
    return getattr(import_module(module), function)


class _Parser(argparse.ArgumentParser):
    """Faults of options become errors like any other, so that they too come with one document."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, remedy=f"`{self.prog} --help` tells more")


def _dispatch(argv: Sequence[str]) -> int:
    settings = load()
    parser = _Parser(prog="codergen", allow_abbrev=False)
    import_module(NOUNS[argv[0]][0]).add_parser(parser.add_subparsers(dest="noun", required=True))
    try:
        args = parser.parse_args(argv)
        return int(_handler(args.handler)(args, settings))
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    except KeyboardInterrupt:
        sys.stderr.write("codergen: interrupted\n")
        return 130
    except Exception as error:
        if isinstance(error, BrokenPipeError) and reader_left():
            raise
        if settings.environ.get("CODERGEN_TRACEBACK"):
            raise
        return report(error, _output(argv), settings)


def _output(argv: Sequence[str]) -> str:
    """What was asked for on standard output, readable also when the options are at fault."""
    for at, word in enumerate(argv):
        name, given, value = word.partition("=")
        if name == "--output":
            value = value if given else next(iter(argv[at + 1 : at + 2]), "")
            return value if value in {"json", "jsonl"} else "text"
    return "json" if "--json" in argv else "text"
