"""How a command that failed ends: its exit code, its words on standard error, its one JSON document.

Light: every command may need it.
"""

import json
import sys
from pathlib import Path
from traceback import extract_tb
from typing import Any

from codergen.settings import Settings

SCHEMA = "codergen.result/1"
"""Of every command's document; fields in docs/result.md."""

INTERNAL = 1


def error_document(error: BaseException, exit_code: int, *, job_id: str | None = None) -> dict[str, Any]:
    """A command that ended by an error, so that whoever parses standard output always finds one document."""
    return {
        "schema": SCHEMA,
        "status": "failed",
        "exit_code": exit_code,
        "terminal_state": None,
        "reason": type(error).__name__,
        "job_id": job_id,
        "error": str(error),
        "resume": f"codergen run --resume {job_id}" if job_id else None,
    }


def report(error: BaseException, output: str, settings: Settings, *, job_id: str | None = None) -> int:
    """Tell of an error as `output` (text, json, jsonl) asks for it; returns the exit code. Never a traceback."""
    code, words = explain(error, settings)
    sys.stderr.write(f"codergen: {words}\n")
    if job_id:
        sys.stderr.write(f"  go on with: codergen run --resume {job_id}\n")
    if output != "text":
        document = {**error_document(error, code, job_id=job_id), "error": words}
        sys.stdout.write(json.dumps({"type": "result", **document} if output == "jsonl" else document) + "\n")
    return code


def explain(error: BaseException, settings: Settings) -> tuple[int, str]:
    """Exit code and words. What was not raised on purpose is a fault of ours, or of the folders that we keep."""
    code = getattr(error, "exit_code", None)
    if isinstance(code, int):
        return code, str(error)
    if isinstance(error, OSError) and isinstance(error.filename, str | Path):
        path = Path(error.filename)
        if any(path.is_relative_to(folder) for folder in (settings.data, settings.cache, settings.work)):
            return 2, f"{path}: {error.strerror}\n  codergen keeps its files there; CODERGEN_HOME=DIR moves them"
    frames = extract_tb(error.__traceback__)
    where = f" (at {Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return INTERNAL, f"internal fault: {type(error).__name__}: {error}{where}\n  CODERGEN_TRACEBACK=1 shows where"
