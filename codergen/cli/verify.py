"""`codergen verify`: judge the change that is in a repository, whoever made it. No station is called."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from codergen.cli.nouns import Nouns
from codergen.cli.progress import progress_for
from codergen.cli.result import verdict_document
from codergen.errors import UsageError
from codergen.events import Event, ignore
from codergen.settings import Settings
from router.line.judge_change import ChangeReport, ChangeRequest, judge_change
from router.line.workspace import toplevel
from router.packet_file import load_packet

EXAMPLES = """\
examples:
  codergen verify                        what is not committed yet
  codergen verify --base main            the whole branch, as a CI step
  codergen verify --trust 'tests/**'     the changed tests are yours: they count

exit codes: 0 accepted, 10 rejected, 4 too weak to tell
"""


def add_parser(nouns: Nouns) -> None:
    """The options of `codergen verify`."""
    parser = nouns.add_parser(
        "verify",
        help="judge the change that is in this repository, whoever made it",
        description="Judge the change between a base and the files of this repository, outside of whoever made it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--repo", type=Path, default=Path(), metavar="DIR", help="git repository (default: here)")
    parser.add_argument("--base", default="HEAD", metavar="REV", help="what the change started from (default: HEAD)")
    parser.add_argument(
        "--check", action="append", default=[], metavar="CMD", help="command that must pass; repeatable"
    )
    parser.add_argument("--scenario", action="append", default=[], type=Path, metavar="DIR", help="held-out check")
    parser.add_argument("--packet", type=Path, metavar="FILE", help="judge by a task packet: base must fail first")
    parser.add_argument("--trust", action="append", default=[], metavar="GLOB", help="paths whose change you vouch for")
    parser.add_argument("--accept-exit-code", action="store_true", help="accept a check that has only an exit code")
    parser.add_argument("--sandbox", default="auto", metavar="KIND", help="auto, bubblewrap or host (default: auto)")
    parser.add_argument("--python", type=Path, metavar="PATH", help="Python that checks run with")
    parser.add_argument("--evidence", type=Path, metavar="DIR", help="where the evidence folder is written")
    parser.add_argument("--output", choices=("text", "json"), default="text")
    parser.add_argument("-q", "--quiet", action="store_true", help="no live steps on standard error")
    parser.set_defaults(handler=handle)


def handle(args: argparse.Namespace, settings: Settings) -> int:
    """Judge, print, return the exit code."""
    report = asyncio.run(_judge(args, settings))
    if args.output == "json":
        sys.stdout.write(json.dumps(verdict_document(report)) + "\n")
    else:
        sys.stdout.write(f"{report.verdict.decision}  {report.why}\n")
        sys.stderr.write(f"evidence: {report.evidence}\n")
    return report.exit_code


async def _judge(args: argparse.Namespace, settings: Settings) -> ChangeReport:
    emit = ignore if args.quiet else progress_for(sys.stderr, settings.environ)
    packet = load_packet(args.packet) if args.packet else None
    request = ChangeRequest(
        repository=await toplevel(packet.repository.path if packet else args.repo),
        base=packet.repository.base if packet and args.base == "HEAD" else args.base,
        packet=packet,
        checks=tuple(args.check),
        scenarios=tuple(_folder(path) for path in args.scenario),
        trust=tuple(args.trust),
        accept_exit_code=args.accept_exit_code,
        sandbox=args.sandbox,
        python=args.python,
        evidence=args.evidence.absolute() if args.evidence else None,
    )
    report = await judge_change(request, settings, emit)
    for check in report.verdict.checks:
        emit(Event(kind="verify.check", data={"name": check.name, "passed": check.passed, "why": check.why}))
    return report


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise UsageError(f"no such scenario folder: {path}")
    return path.absolute()
