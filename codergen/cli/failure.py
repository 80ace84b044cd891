"""The JSON document of a command that failed. Light: every command may need it."""

from typing import Any

SCHEMA = "codergen.result/1"
"""Of every command's document; fields in docs/result.md."""


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
