"""Outputs that were too long to show, or are still growing: texts with a path that Read knows and commands can open.

A command may have a /tmp of its own (bubblewrap), so a file laid there by one is not seen by the next. The texts
therefore stay here, and a command that names one finds it laid out when it begins. They die with the session.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from codergen.sandbox.base import ExecRequest, Sandbox

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
AT_MOST = 64
"""Texts that are kept; the oldest goes first."""


def new_id() -> str:
    """Nine letters and digits, as of the vendor's commands."""
    return "b" + "".join(secrets.choice(_LETTERS) for _ in range(8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of Bash."""

    id: str
    command: str


class Stored:
    """The texts of one session."""

    def __init__(self) -> None:
        self._folder = ""
        self._texts: dict[str, Callable[[], str]] = {}
        self._calls: dict[str, Call] = {}

    async def path(self, sandbox: Sandbox, kind: str, name: str) -> str:
        """Where a text would stand: below the temporary folder of commands."""
        if not self._folder:
            found = await sandbox.exec(ExecRequest(argv=("/bin/sh", "-c", 'printf %s "${TMPDIR:-/tmp}"')))
            self._folder = f"{found.stdout.decode('utf-8', 'replace').rstrip('/') or '/tmp'}/codergen"
        return f"{self._folder}/{kind}/{name}"

    def keep(self, path: str, text: Callable[[], str], call: Call) -> None:
        """`call` is what printed it."""
        self._texts[path], self._calls[path] = text, call
        while len(self._texts) > AT_MOST:
            oldest = next(iter(self._texts))
            del self._texts[oldest], self._calls[oldest]

    def of(self, id: str) -> str:
        """The path of what a command in the background printed; empty where it is known no more."""
        return next((path for path in self._texts if path.endswith(f"/tasks/{id}.output")), "")

    def made_by(self, path: str) -> Call:
        """What printed a text; empty where it is known no more."""
        return self._calls.get(path, Call(id="", command=""))

    def read(self, path: str) -> str | None:
        """The text as it is now; None where this path is none of ours."""
        text = self._texts.get(path)
        return None if text is None else text()

    def named(self, command: str) -> dict[str, bytes]:
        """The texts whose paths stand in a command line."""
        return {path: text().encode("utf-8", "replace") for path, text in self._texts.items() if path in command}
