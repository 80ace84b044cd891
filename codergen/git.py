"""Host git that obeys nobody but its caller: no configuration, attributes, filters or hooks of a folder that others may
write, of a user or of the system."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from codergen.errors import CodergenError

ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
}
"""The whole environment of such a git, to which callers add where it works."""
SAFE = (
    "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false",
    "-c", "safe.directory=*", "-c", "core.autocrlf=false", "-c", "core.symlinks=true", "-c", "protocol.ext.allow=never",
)  # fmt: skip
ATTRIBUTES = "* -text !eol -filter -ident !working-tree-encoding !diff !merge\n"
"""For `info/attributes`, which wins over every `.gitattributes` of a tree: bytes stay bytes, no filter runs, every text
file is shown as text."""
LEFT_BEHIND = """\
__pycache__/
*.pyc
.pytest_cache/
.mypy_cache/
.ruff_cache/
*.egg-info/
.venv/
venv/
node_modules/
"""
"""For `info/exclude`: what tools leave, for folders without a `.gitignore`. What a tree holds already stays in it."""


class GitFailed(CodergenError):
    """git said no, or is not there."""

    exit_code = 9

    def __init__(self, command: str, said: str) -> None:
        self.command, self.said = command, said
        super().__init__(f"git {command}: {said}")


async def run(
    args: tuple[str, ...], *, env: Mapping[str, str], cwd: Path, stdin: bytes = b"", good: tuple[int, ...] = (0,)
) -> bytes:
    """What `git ARGS` prints. Raises GitFailed for an exit code that is not `good`."""
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *SAFE,
            *args,
            cwd=cwd,
            env=dict(env),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise GitFailed(_verb(args), f"{error.strerror}: {error.filename}") from error
    try:
        out, err = await process.communicate(stdin)
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if process.returncode not in good:
        raise GitFailed(_verb(args), err.decode("utf-8", "replace").strip())
    return out


def _verb(args: tuple[str, ...]) -> str:
    """Without the settings that stand before it."""
    at = 0
    while at < len(args) - 1 and args[at].startswith("-"):
        at += 2 if args[at] == "-c" else 1
    return args[at]
