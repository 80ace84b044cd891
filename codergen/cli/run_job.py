"""What `codergen run` does with its options: one job, here and now."""

import argparse
import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from codergen.cli.compose import compose
from codergen.cli.failure import report
from codergen.cli.output import Listened
from codergen.cli.progress import listener
from codergen.cli.result import job_document
from codergen.cli.signals import run_until_stopped
from codergen.cli.wanted import Wanted, keep, kept, wanted_of
from codergen.errors import UsageError
from codergen.events import Emit, Event
from codergen.journal import read
from codergen.settings import Settings
from router.line.job import Job, JobResult, find_job, new_job
from router.line.run import run_job
from router.line.steps import read_steps
from router.line.workspace import changed_in_place, toplevel
from router.packet import TaskPacket
from router.packet_file import load_packet, parse_packet


def handle(args: argparse.Namespace, settings: Settings) -> int:
    """Run the job and print what came out."""
    job, packet, wanted = _job(args, settings)
    try:
        return run_until_stopped(_run(args, settings, job, packet, wanted))
    except BrokenPipeError:
        if job_id := _can_go_on(job):
            sys.stderr.write(
                f"codergen: the output was not read to its end; go on with: codergen run --resume {job_id}\n"
            )
        raise
    except Exception as error:
        if settings.environ.get("CODERGEN_TRACEBACK"):
            raise
        return report(error, args.output, settings, job_id=_can_go_on(job))


def _can_go_on(job: Job) -> str | None:
    """The id to resume, where a step was finished; a job that got nowhere (bad base, no sandbox) leaves nothing."""
    if job.journal.exists() and read_steps(read(job.journal).lines):
        return job.id
    if not job.evidence.exists():
        shutil.rmtree(job.folder, ignore_errors=True)
    return None


def _job(args: argparse.Namespace, settings: Settings) -> tuple[Job, TaskPacket, Wanted]:
    given = [name for name in ("intent", "packet", "resume") if getattr(args, name) is not None]
    if len(given) != 1:
        what = "nothing" if not given else " and ".join(given)
        raise UsageError(f"run takes one of INTENT, --packet FILE, --resume ID; given: {what}")
    if args.resume is not None:
        job = find_job(settings.jobs, args.resume)
        return job, load_packet(job.packet_file), kept(job, args)
    packet = load_packet(args.packet) if args.packet else _packet(args)
    job, wanted = new_job(settings.jobs, packet), wanted_of(args)
    keep(job, wanted)
    return job, packet, wanted


def _packet(args: argparse.Namespace) -> TaskPacket:
    if not args.check:
        raise UsageError(
            "no check: a result without one cannot be believed",
            remedy='name the command that shows the fault, e.g. --check "python -m pytest -q tests/test_x.py"',
        )
    data: dict[str, Any] = {
        "intent": args.intent,
        "class": args.task_class,
        "repository": {"path": str(args.repo), "base": args.base},
        "validation": {
            "checks": [{"command": command} for command in args.check],
            "scenarios": [str(path) for path in args.scenario],
            "accept_exit_code": args.accept_exit_code,
        },
    }
    if args.timeout is not None:
        data["limits"] = {"seconds": args.timeout}
    return parse_packet(data, source="command line", folder=Path.cwd())


async def _run(args: argparse.Namespace, settings: Settings, job: Job, packet: TaskPacket, wanted: Wanted) -> int:
    task = asyncio.current_task()
    assert task is not None
    emit = Listened(listener(sys.stderr, settings.environ, output=args.output, quiet=args.quiet), task.cancel)
    try:
        result = await _carry(settings, job, packet, wanted, emit)
    except asyncio.CancelledError as error:
        if emit.unread:
            raise BrokenPipeError from error
        raise
    _print(args, result)
    return result.terminal.exit_code


async def _carry(settings: Settings, job: Job, packet: TaskPacket, wanted: Wanted, emit: Emit) -> JobResult:
    repository = packet.repository
    await toplevel(repository.path)
    told = {"id": job.id, "intent": packet.intent, "task_class": packet.task_class, "packet": str(job.packet_file)}
    emit(Event(kind="job.accepted", data={**told, "repository": str(repository.path), "base": repository.base}))
    async with compose(settings, wanted, packet, job) as line:
        for note in line.notes:
            emit(Event(kind="note", data={"text": note}))
        if await changed_in_place(packet.repository.path):
            text = "the repository has uncommitted changes; the job starts from the commit and does not see them"
            emit(Event(kind="note", data={"text": text}))
        return await run_job(job, packet, line, emit)


def _print(args: argparse.Namespace, result: JobResult) -> None:
    if args.output != "text":
        document = job_document(result)
        sys.stdout.write(json.dumps({"type": "result", **document} if args.output == "jsonl" else document) + "\n")
        return
    if args.quiet:
        sys.stdout.write(f"{result.terminal}  {result.terminal.why}\n")
    if result.patch is not None:
        sys.stdout.write(result.patch.text)
    sys.stderr.write(f"evidence: {result.job.evidence}\n")
    if result.patch is not None and result.terminal.state == "pr_ready":
        sys.stderr.write(f"apply it: git apply {result.job.evidence / 'diff.patch'}\n")
