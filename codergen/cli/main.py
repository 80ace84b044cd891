"""The command line: words to a noun's module, exceptions to exit codes. Imports only the module that is asked for."""

import argparse
import difflib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from codergen import __version__
from codergen.cli.failure import error_document
from codergen.settings import Settings, load

NOUNS: Mapping[str, tuple[str, str]] = {
    "run": ("codergen.cli.run", "take one job from packet to terminal state, now"),
    "verify": ("codergen.cli.verify", "judge the change that is in this repository, whoever made it"),
    "evidence": ("codergen.cli.evidence", "show or check an evidence folder"),
    "eval": ("codergen.cli.eval", "run tasks through stations and record the outcomes"),
    "route": ("codergen.cli.route", "which stations did how well, from recorded outcomes"),
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


def _dispatch(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="codergen", allow_abbrev=False)
    import_module(NOUNS[argv[0]][0]).add_parser(parser.add_subparsers(dest="noun", required=True))
    try:
        args = parser.parse_args(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    try:
        return int(_handler(args.handler)(args, load()))
    except KeyboardInterrupt:
        sys.stderr.write("codergen: interrupted\n")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        code = getattr(error, "exit_code", None)
        if code is None:
            raise
        sys.stderr.write(f"codergen: {error}\n")
        if getattr(args, "output", "text") != "text":
            sys.stdout.write(json.dumps(error_document(error, int(code))) + "\n")
        return int(code)
