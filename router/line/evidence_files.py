"""From evidence items to the files of the folder, as bytes. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from math import isfinite
from typing import Any, cast

from router.line.evidence import AttemptRecord, CheckRecord, EvidenceItems
from router.line.evidence_summary import summary

FILE_OF: Mapping[str, str] = {
    "summary": "summary.md",
    "packet": "packet.json",
    "reproduction": "reproduction.json",
    "plan": "plan.json",
    "diff": "diff.patch",
    "validation": "validation.json",
    "transcript": "transcript.jsonl",
    "stop_reason": "stop.json",
    "residual_risk": "stop.json",
}
"""Where each item that a packet may require is kept."""


def render(items: EvidenceItems) -> dict[str, bytes]:
    """Path in the folder -> content, without the manifest. What is not there gets no file."""
    files = {"summary.md": _utf8(summary(items)), "packet.json": json_bytes(items.packet)}
    if items.packet is None:
        del files["packet.json"]
    if items.reproduction is not None:
        records = _with_logs(files, "reproduction", items.reproduction.runs)
        files["reproduction.json"] = json_bytes({**_shallow(items.reproduction), "runs": records})
        files["reproduction.log"] = b"".join(_log(r) for r in items.reproduction.runs)
    if items.plan is not None:
        files["plan.json"] = json_bytes(items.plan)
    if items.diff is not None:
        files["diff.patch"] = items.diff
    if items.validation is not None:
        records = _with_logs(files, "validation", items.validation.checks)
        files["validation.json"] = json_bytes({**_shallow(items.validation), "checks": records})
    for attempt in items.attempts:
        _attempt(files, attempt)
    if items.transcript:
        files["transcript.jsonl"] = items.transcript
    for number, (name, journal) in enumerate(items.sessions, start=1):
        files[f"sessions/{number:02}-{_slug(name)}.jsonl"] = journal
    if items.stop is not None:
        files["stop.json"] = json_bytes({**_shallow(items.stop), "required": items.required, **_times(items)})
    return files


def json_bytes(value: object) -> bytes:
    """Indented JSON with sorted keys. Never fails on what a station put into its details."""
    return _utf8(json.dumps(_plain(value), indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def _attempt(files: dict[str, bytes], attempt: AttemptRecord) -> None:
    folder = f"attempts/{attempt.number:02}"
    records = _with_logs(files, folder, attempt.checks)
    known = {k: v for k, v in _shallow(attempt).items() if k not in {"diff", "checks"}}
    files[f"{folder}/attempt.json"] = json_bytes({**known, "station_id": attempt.station.id, "checks": records})
    if attempt.diff:
        files[f"{folder}/diff.patch"] = attempt.diff


def _with_logs(files: dict[str, bytes], folder: str, records: tuple[CheckRecord, ...]) -> list[dict[str, Any]]:
    """The records as JSON values; what each run printed goes to a file of its own."""
    result: list[dict[str, Any]] = []
    for number, record in enumerate(records, start=1):
        value = _shallow(record)
        if record.run is not None:
            log = f"{folder}/{number:02}-{record.phase}-{_slug(record.name)}.log"
            files[log] = _utf8(record.run.output)
            run = {k: v for k, v in _shallow(record.run).items() if k != "output"}
            value = {**value, "run": run, "log": log}
        result.append(value)
    return result


def _log(record: CheckRecord) -> bytes:
    if record.run is None:
        return b""
    return _utf8(f"$ {record.run.check.command}\n{record.run.output.rstrip()}\n[exit {record.run.exit_code}]\n\n")


def _times(items: EvidenceItems) -> dict[str, Any]:
    return {"job_id": items.job_id, "started": items.started, "ended": items.ended, "base_commit": items.base_commit}


def _shallow(value: object) -> dict[str, Any]:
    return {f.name: getattr(value, f.name) for f in fields(cast(Any, value))}


def _plain(value: object) -> object:
    """JSON values; what JSON does not know becomes text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in cast(Mapping[object, object], value).items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in cast(list[object], value)]
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(_shallow(value))
    return str(value)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or "unnamed"


def _utf8(text: str) -> bytes:
    r"""A lone surrogate becomes its escape (`\udc80`), which is also what JSON calls it."""
    return text.encode("utf-8", "backslashreplace")
