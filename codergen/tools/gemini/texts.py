"""Text files as this family's edit tools meet them: worked on with `\\n`, written back with the line ends they had."""

from dataclasses import dataclass

from codergen.errors import FileRefused
from codergen.sandbox.base import Sandbox
from codergen.tools.files import read_text, write_text

LARGEST = 20 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A file as it is now."""

    text: str
    """With `\\n`."""
    ends: str
    """`\\r\\n` when the file has any."""


async def text_file(sandbox: Sandbox, path: str) -> TextFile | None:
    """None when there is no such file. Raises FileRefused for a folder, ToolMisuse for what is no text."""
    found = await sandbox.stat(path)
    if found is None:
        return None
    if found.kind == "dir":
        raise FileRefused(path, "is a folder")
    text = await read_text(sandbox, path)
    return TextFile(text=text.replace("\r\n", "\n"), ends="\r\n" if "\r\n" in text else "\n")


async def put(sandbox: Sandbox, path: str, text: str, ends: str) -> str:
    """Write it; gives what was written. Raises ToolMisuse for a path that cannot be written."""
    written = text.replace("\r\n", "\n").replace("\n", "\r\n") if ends == "\r\n" else text
    await write_text(sandbox, path, written)
    return written
