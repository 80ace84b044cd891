"""The repository that captures and golden tests work in, and the calls of the standard session."""

import base64
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

CWD = "@CWD@"
"""Stands for the repository's path in calls and results."""
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEUlEQVR4nGP4z8DA8B+MgBgAHfAD/dPQfSYAAAAASUVORK5CYII="
)
"""Two by two pixels."""

FILES: Mapping[str, bytes] = {
    "app.py": b"def f(x):\n\treturn x + 1\n\nprint(f(1))\n",
    "notes.txt": b"alpha\nbeta\ngamma\n",
    "sub/inner.txt": b"nested\n",
    "empty.txt": b"",
    "bin.dat": bytes(range(256)) * 4,
    "pic.png": PICTURE,
    "long.txt": b"".join(b"line %d\n" % number for number in range(1, 5001)),
    "wide.txt": b"w" * 30000 + b"\n" + b"x" * 5000 + b"\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardCall:
    """One call of the standard session."""

    name: str
    arguments: str
    """JSON, or the text of a freeform call."""
    freeform: bool = False

    def at(self, cwd: str) -> "StandardCall":
        """With the repository's path in place."""
        return StandardCall(name=self.name, arguments=self.arguments.replace(CWD, cwd), freeform=self.freeform)


def standard_session(family: str) -> tuple[StandardCall, ...]:
    """`data/FAMILY.session.json`: each tool succeeding and failing, and calls that are wrong in themselves."""
    text = files("codergen.profiles").joinpath("data", f"{family}.session.json").read_text(encoding="utf-8")
    return tuple(_call(row) for row in json.loads(text))


def _call(row: Mapping[str, Any]) -> StandardCall:
    if "text" in row:
        return StandardCall(name=row["name"], arguments=row["text"], freeform=True)
    return StandardCall(name=row["name"], arguments=json.dumps(row["input"]))


def make(root: Path) -> None:
    """Lay the files out and commit them, with a fixed author and date so that every run sees the same commit."""
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    person = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z"}
    env = {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1", **person,
        **{name.replace("AUTHOR", "COMMITTER"): value for name, value in person.items()},
    }  # fmt: skip
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "first")):
        subprocess.run(("git", *command), cwd=root, env=env, check=True, capture_output=True)
