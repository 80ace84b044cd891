"""Errors of the outcome store.

OutcomesError (CodergenError)
├── DatabaseTooNew         exit 2   written by a newer codergen than this one
├── DatabaseUnusable       exit 1   cannot be opened or written: not a database, no access, locked for too long
├── DecisionMissing        exit 1   an outcome of a job was offered before that job's decision
└── InvalidRecord          exit 1   a value that contradicts itself; never written
"""

from pathlib import Path

from codergen.errors import CodergenError


class OutcomesError(CodergenError):
    """Base of everything the outcome store raises on purpose."""


class DatabaseTooNew(OutcomesError):
    """`found` is the schema version in the file, `known` the newest that this program has."""

    exit_code = 2

    def __init__(self, path: Path, found: int, known: int) -> None:
        self.path, self.found, self.known = path, found, known
        super().__init__(
            f"{path}: outcome tables have version {found}, this codergen knows up to {known}\n"
            "  update codergen, or set CODERGEN_HOME to another folder"
        )


class DatabaseUnusable(OutcomesError):
    """`problem` is what SQLite said."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path}: {problem}")


class DecisionMissing(OutcomesError):
    """The decision of a job is written before its first attempt; `job_id` has none."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"job {job_id!r} has no recorded decision; record it before the first outcome")


class InvalidRecord(OutcomesError):
    """`field` cannot be what it is."""

    def __init__(self, field: str, problem: str) -> None:
        self.field, self.problem = field, problem
        super().__init__(f"{field}: {problem}")
