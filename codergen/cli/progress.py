"""Live steps of a job on standard error: one line each, coloured where a person looks."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from pydantic import TypeAdapter

from codergen.events import Emit, Event

_ARGUMENTS = TypeAdapter(dict[str, object])
_DIM, _GREEN, _RED, _YELLOW, _BOLD, _OFF = "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[0m"


class Progress:
    """An `Emit` that prints the steps people want to see; everything else is in the journal."""

    def __init__(self, out: TextIO, *, colour: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._out, self._colour, self._clock = out, colour, clock
        self._began = clock()

    def __call__(self, event: Event) -> None:
        line = _LINES.get(event.kind)
        if line is None:
            return
        for text in line(event.data):
            self.line(text)

    def line(self, text: str) -> None:
        """One line with the time since the start; control characters of foreign text are dropped."""
        style, _, words = text.partition("|")
        clean = "".join(c for c in words if c >= " " or c == "\t")
        stamp = f"{self._clock() - self._began:6.1f}s"
        if self._colour:
            code = {"good": _GREEN, "bad": _RED, "warn": _YELLOW, "head": _BOLD, "dim": _DIM}.get(style, "")
            self._out.write(f"{_DIM}{stamp}{_OFF}  {code}{clean}{_OFF}\n")
        else:
            self._out.write(f"{stamp}  {clean}\n")
        self._out.flush()


def progress_for(out: TextIO = sys.stderr, environ: Mapping[str, str] | None = None) -> Progress:
    """Coloured on a terminal unless NO_COLOR is set; FORCE_COLOR wins."""
    env = environ or {}
    colour = bool(env.get("FORCE_COLOR")) or (out.isatty() and not env.get("NO_COLOR") and env.get("TERM") != "dumb")
    return Progress(out, colour=colour)


def listener(out: TextIO, environ: Mapping[str, str], *, output: str, quiet: bool) -> Emit:
    """Live steps for people unless `quiet`, and with `jsonl` every event on standard output."""
    listeners: list[Emit] = [] if quiet else [progress_for(out, environ)]
    if output == "jsonl":
        listeners.append(lambda event: print(event_line(event), flush=True))

    def emit(event: Event) -> None:
        for listen in listeners:
            listen(event)

    return emit


def event_line(event: Event) -> str:
    """One event as a JSON line."""
    return json.dumps({"type": event.kind, "data": event.data}, default=str)


def _job_accepted(data: Mapping[str, Any]) -> list[str]:
    return [
        f"head|job {data['id']}  {data['task_class']}: {_short(data['intent'])}",
        f"dim|packet {data['packet']}",
        f"dim|repository {data['repository']} at {data['base']}",
    ]


def _reproduced(data: Mapping[str, Any]) -> list[str]:
    told = [f"|  {run}" for run in data["runs"]]
    told += [f"warn|  flaky: {', '.join(data['flaky'])}"] if data["flaky"] else []
    return told + ([] if data["ends"] else ["good|  the fault is there"])


def _attempt_start(data: Mapping[str, Any]) -> list[str]:
    model = f" with {data['model']}" if data.get("model") else ""
    return [f"head|attempt {data['number']}: {data['station']}{model}"]


def _attempt_end(data: Mapping[str, Any]) -> list[str]:
    files = ", ".join(data["files"]) or "nothing"
    return [f"|  {_short(data['summary'], 160)}", f"|  changed {files} in {data['seconds']:.1f} s"]


def _verify_end(data: Mapping[str, Any]) -> list[str]:
    style = {"accepted": "good", "rejected": "bad"}.get(data["decision"], "warn")
    failed = [c for c in data["checks"] if not c["passed"]]
    passed = len(data["checks"]) - len(failed)
    rows = [f"{style}|  {data['decision']}: {passed} of {len(data['checks'])} checks hold"]
    return rows + [f"{style}|    {c['name']}: {_short(c['why'], 160)}" for c in failed]


def _tool_start(data: Mapping[str, Any]) -> list[str]:
    try:
        arguments = _ARGUMENTS.validate_json(data["arguments"])
    except ValueError:
        return [f"dim|  {data['name']}"]
    shown = next((arguments[name] for name in ("path", "file_path", "command") if arguments.get(name)), "")
    return [f"dim|  {data['name']} {_short(str(shown))}"]


def _model_usage(data: Mapping[str, Any]) -> list[str]:
    usage = data["usage"]
    return [f"dim|  {usage['input'] + usage['cache_read']} tokens in, {usage['output']} out, {data['seconds']:.1f} s"]


def _job_end(data: Mapping[str, Any]) -> list[str]:
    style = {"pr_ready": "good", "no_op": "good", "escalate": "warn"}.get(data["state"], "bad")
    rows = [f"{style}|{data['state']}/{data['reason']}  {_short(data['why'], 300)}"]
    return rows + ([f"warn|  question: {data['question']}"] if data["question"] else [])


def _short(text: str, width: int = 100) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= width else f"{line[: width - 3]}..."


_LINES: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "job.accepted": _job_accepted,
    "reproduce.start": lambda data: ["head|reproduce at base"],
    "reproduced": _reproduced,
    "plan": lambda data: [f"|plan: {' -> '.join(data['stations']) or 'no station'}  ({data['reason']})"],
    "attempt.start": _attempt_start,
    "attempt.skipped": lambda data: [f"warn|  {data['station']} skipped: {data['why']}"],
    "attempt.out_of_time": lambda data: [f"warn|  out of time after {data['seconds']:.0f} s"],
    "attempt.end": _attempt_end,
    "verify.start": lambda data: ["head|verify in a fresh sandbox"],
    "verify.end": _verify_end,
    "verify.check": lambda data: [
        f"{'good' if data['passed'] else 'bad'}|  {data['name']}: {_short(data['why'], 160)}"
    ],
    "settle.start": lambda data: [f"head|let the held-out scenario choose among {data['candidates']} candidates"],
    "settle.end": lambda data: [f"|  {data['accepted']} of {data['of']} are accepted"],
    "step.replayed": lambda data: [f"dim|{data['name']}: done before, taken from the journal"],
    "note": lambda data: [f"warn|{data['text']}"],
    "repair.located": lambda data: [f"dim|  suspects: {', '.join(map(str, data.get('functions', [])[:3]))}"],
    "repair.progress": lambda data: [f"dim|  {data.get('tried', 0)} candidates, {data.get('plausible', 0)} plausible"],
    "tool.start": _tool_start,
    "model.request": lambda data: [f"dim|  asking {data['model']}"],
    "model.usage": _model_usage,
    "model.retry": lambda data: [f"warn|  {_short(data['error'])}; again in {data['wait']:.1f} s"],
    "job.end": _job_end,
}
