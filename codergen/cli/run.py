"""Options of `codergen run`."""

import argparse
from importlib import import_module
from pathlib import Path

from codergen.cli.nouns import Nouns
from codergen.settings import Settings

EXAMPLES = """\
examples:
  codergen run "median([]) crashes" --check "python -m pytest -q tests/test_stats.py"
  codergen run --packet bug.toml --output json
  codergen run --resume 20261122-1830
  codergen run "explain what main.py does" --model anthropic:claude-haiku-5-5
"""


def add_parser(nouns: Nouns) -> None:
    """The options of `codergen run`."""
    parser: argparse.ArgumentParser = nouns.add_parser(
        "run",
        help="take one job from packet to terminal state, now; or one headless turn",
        description="With --check or --packet: one job, to pr_ready, no_op, escalate or retryable_failure, in a "
        "copy of the repository. Without: one turn of our own loop in this folder, which nothing verifies.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("intent", nargs="?", metavar="INTENT", help="what is wrong or wanted, in a sentence")
    parser.add_argument("--packet", type=Path, metavar="FILE", help="task packet: TOML, YAML or JSON")
    parser.add_argument("--resume", metavar="ID", help="go on with a job that was interrupted, as it began")
    parser.add_argument("--repo", type=Path, default=Path(), metavar="DIR", help="git repository (default: here)")
    parser.add_argument("--base", default="HEAD", metavar="REV", help="commit to start from (default: HEAD)")
    parser.add_argument(
        "--check", action="append", default=[], metavar="CMD", help="command that must pass; repeatable"
    )
    parser.add_argument("--scenario", action="append", default=[], type=Path, metavar="DIR", help="held-out check")
    parser.add_argument("--class", dest="task_class", default="bugfix", metavar="SLUG", help="task class (bugfix)")
    parser.add_argument("--accept-exit-code", action="store_true", help="accept a check that has only an exit code")
    parser.add_argument("--station", action="append", default=[], metavar="ID", help="use these, in this order")
    parser.add_argument("--sandbox", metavar="KIND", help="auto, bubblewrap or host (default: auto)")
    parser.add_argument("--python", type=Path, metavar="PATH", help="Python that checks run with")
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds for the whole job (default: 1800)")
    parser.add_argument("--output", choices=("text", "json", "jsonl"), default="text")
    parser.add_argument("-q", "--quiet", action="store_true", help="no live steps on standard error")
    _turn_options(parser.add_argument_group("one turn"))
    parser.set_defaults(handler=handle)


def _turn_options(turn: "argparse._ArgumentGroup") -> None:  # pyright: ignore[reportPrivateUsage]
    turn.add_argument("--model", default="", metavar="PROVIDER:MODEL", help="default: of the first key that is set")
    turn.add_argument("--profile", default="", metavar="P", help="claude, codex, gemini, captured; default: its own")
    turn.add_argument("--effort", choices=EFFORTS, help="how much the model should think")
    turn.add_argument("--approval", choices=MODES, help="what may be done unasked (default: auto, in the sandbox)")
    turn.add_argument("--prompt", action="append", default=[], metavar="SECTION=FILE", help="own text for a section")
    turn.add_argument("--max-turns", type=int, default=50, metavar="N", help="answers of the model (default: 50)")
    turn.add_argument("--budget", metavar="USD", help="dollars after which it stops")


MODES = ("plan", "never", "ask", "edits", "auto")
"""As in `codergen.approval.request.Mode`, without its import."""
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""As in `providers.types.Effort`, without its import."""


def handle(args: argparse.Namespace, settings: Settings) -> int:
    """A job where something can check it, else a turn; each imports only what it needs."""
    job = args.packet is not None or args.resume is not None or args.check or args.scenario
    name = "codergen.cli.run_job" if job else "codergen.cli.run_turn"
    return int(import_module(name).handle(args, settings))
