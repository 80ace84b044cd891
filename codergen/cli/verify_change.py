"""What `codergen verify` does with its options: judge a change, print, return the exit code."""

import argparse
import json
import sys
from pathlib import Path

from codergen.cli.progress import progress_for
from codergen.cli.result import verdict_document
from codergen.cli.signals import run_until_stopped
from codergen.errors import UsageError
from codergen.events import Event, ignore
from codergen.settings import Settings
from router.line.judge_change import ChangeReport, ChangeRequest, judge_change
from router.line.workspace import toplevel
from router.packet_file import load_packet


def handle(args: argparse.Namespace, settings: Settings) -> int:
    """Judge, print, return the exit code."""
    report = run_until_stopped(_judge(args, settings))
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
