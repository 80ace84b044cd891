"""How the file tools meet the sandbox: its refusals become words that a model can act on."""

from collections.abc import Generator
from contextlib import contextmanager

from codergen.errors import FileRefused, PathEscape, ToolMisuse
from codergen.sandbox.base import Sandbox


@contextmanager
def refusals(path: str) -> Generator[None]:
    """A path that cannot be used is the caller's mistake; everything else the sandbox raises passes."""
    try:
        yield
    except FileNotFoundError as error:
        raise ToolMisuse(f"{path}: there is no such file") from error
    except PathEscape as error:
        raise ToolMisuse(f"{path}: only paths inside the workspace can be used") from error
    except FileRefused as error:
        raise ToolMisuse(f"{path}: {error.why}") from error


async def read_text(sandbox: Sandbox, path: str) -> str:
    """A file as text, line ends as they are; raises ToolMisuse for what is not UTF-8."""
    with refusals(path):
        data = await sandbox.read_file(path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ToolMisuse(f"{path}: not text in UTF-8 ({len(data):,} bytes)") from error


async def write_text(sandbox: Sandbox, path: str, text: str) -> None:
    """Replace a file, keeping its permission bits."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ToolMisuse(f"{path}: the text holds half of a surrogate pair") from error
    with refusals(path):
        found = await sandbox.stat(path)
        await sandbox.write_file(path, data, mode=found.mode if found else 0o644)
