"""Errors of the package `codergen`.

CodergenError                     .exit_code: what the command line returns (docs/exit-codes.md)
├── UsageError                    2    bad option, packet or configuration; names the thing and the way out
├── ToolMisuse                         the model called a tool wrongly; its text goes back to the model
│   └── TooManyProcesses               as many live as may; carries `allowed`
├── ProcessEnded                       a spawned command was talked to that does not listen any more
├── JournalDamaged                2    a journal that was edited, or cut before its last line
├── LimitReached                  3    turns, time, tokens or money used up
└── SandboxError                  9
    ├── SandboxUnavailable             the backend cannot run here; carries `reason` and `remedy`
    ├── SandboxDied                    it ran and went away
    ├── PolicyUnsupported              a limit or wall was demanded that it cannot hold
    ├── PathEscape                     a path leaves the workspace
    └── FileRefused                    not a regular file, or too large
"""


class CodergenError(Exception):
    """Base of everything this package raises on purpose."""

    exit_code = 1


class UsageError(CodergenError):
    """The person (or the file they gave) asked for something that cannot be; `remedy` says what would work."""

    exit_code = 2

    def __init__(self, message: str, *, remedy: str = "") -> None:
        self.message, self.remedy = message, remedy
        super().__init__(f"{message}\n  {remedy}" if remedy else message)


class ToolMisuse(CodergenError):
    """A tool was called with arguments it cannot use; the model may try again."""


class TooManyProcesses(ToolMisuse):
    """A session has `allowed` live processes and may not start another before one has ended."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        super().__init__(f"{allowed} processes run already, which is as many as may; end one first")


class ProcessEnded(CodergenError):
    """A command that runs, or ran, was written to and reads no more; `why` says which. Data for whoever wrote, never a
    failure of the boundary."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"the process takes no input: {why}")


class JournalDamaged(CodergenError):
    """`line` (1-based) of `path` does not follow from the one before it."""

    exit_code = 2

    def __init__(self, path: str, line: int, problem: str) -> None:
        self.path, self.line, self.problem = path, line, problem
        super().__init__(f"{path}, line {line}: {problem}")


class LimitReached(CodergenError):
    """`limit` is one of turns, seconds, tokens, usd."""

    exit_code = 3

    def __init__(self, limit: str, allowed: str) -> None:
        self.limit, self.allowed = limit, allowed
        super().__init__(f"limit reached: {limit} (allowed: {allowed})")


class SandboxError(CodergenError):
    """The boundary failed; never the fault of a command or a station."""

    exit_code = 9


class SandboxUnavailable(SandboxError):
    """The backend cannot run on this host."""

    def __init__(self, backend: str, reason: str, remedy: str) -> None:
        self.backend, self.reason, self.remedy = backend, reason, remedy
        super().__init__(f"sandbox {backend!r} cannot run here: {reason}\n  {remedy}")


class SandboxDied(SandboxError):
    """It was running and went away in mid-command."""


class PolicyUnsupported(SandboxError):
    """A limit or wall was demanded that this backend cannot hold."""


class PathEscape(SandboxError):
    """`path` leaves the workspace."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"path leaves the workspace: {path}")


class FileRefused(SandboxError):
    """`path` is not a regular file, or larger than allowed."""

    def __init__(self, path: str, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"{path}: {why}")
