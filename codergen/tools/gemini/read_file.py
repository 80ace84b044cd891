"""`read_file`: a text file, some lines of it, or a picture."""

import base64
import posixpath
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from codergen.errors import FileRefused, PathEscape
from codergen.sandbox.base import ExecRequest
from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.gemini.arguments import Loose
from codergen.tools.gemini.instructions import with_instructions
from codergen.tools.gemini.paths import TMP_NOTE, absolute, outside, relative, within
from codergen.tools.gemini.told import failed, told
from codergen.tools.wording import Wording
from providers.types import MediaPart

LINES = 2_000
LINE_CHARS = 2_000
CUT = "... [truncated]"
LARGEST = 20 << 20

MEDIA = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".bmp": "image/bmp", ".heic": "image/heic", ".heif": "image/heif", ".pdf": "application/pdf",
    ".mp3": "audio/mpeg", ".wav": "audio/wav", ".aiff": "audio/aiff", ".aac": "audio/aac", ".ogg": "audio/ogg",
    ".flac": "audio/flac", ".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
}  # fmt: skip
"""Ends of names whose content goes to the model as it is."""


class ReadFileArguments(Loose):
    file_path: str
    start_line: Annotated[int | None, Field(ge=1)] = None
    end_line: Annotated[int | None, Field(ge=1)] = None


class ReadFile:
    """The text comes as it is, without line numbers."""

    name = "read_file"
    description = "Read a file."
    arguments = ReadFileArguments

    def __init__(self, wording: Wording, env: Mapping[str, str]) -> None:
        self._wording, self._env = wording, env

    def intent(self, args: ReadFileArguments, /) -> Intent:
        return Intent(act="read", paths=(args.file_path,))

    async def run(self, args: ReadFileArguments, context: ToolContext, /) -> ToolResult:
        if args.start_line and args.end_line and args.start_line > args.end_line:
            return failed(self._wording, "read_file.backwards")
        path = absolute(context.root, args.file_path)
        if _saved(context, path):
            return await self._read_saved(path, args, context)
        if refused := outside(self._wording, context, args.file_path, self._env):
            return refused
        found = await context.sandbox.stat(path)
        if found is None:
            return failed(self._wording, "read_file.missing", path=path)
        if found.kind == "dir":
            return failed(self._wording, "read_file.folder", path=path)
        if found.size > LARGEST:
            return failed(self._wording, "read_file.large", path=path, size=f"{found.size / (1 << 20):.2f}")
        try:
            data = await context.sandbox.read_file(path, max_bytes=LARGEST)
        except (FileNotFoundError, FileRefused, PathEscape):
            return failed(self._wording, "read_file.missing", path=path)
        result = self._shown(data, path, args, context)
        return await with_instructions(result, self._wording, context, posixpath.dirname(path), but=path)

    async def _read_saved(self, path: str, args: ReadFileArguments, context: ToolContext) -> ToolResult:
        """A long output that was put outside of the workspace."""
        done = await context.sandbox.exec(ExecRequest(argv=("/bin/cat", path), max_output=LARGEST))
        if done.exit_code != 0:
            return failed(self._wording, "read_file.missing", path=path)
        return self._text(done.stdout.decode("utf-8", "replace"), args)

    def _shown(self, data: bytes, path: str, args: ReadFileArguments, context: ToolContext) -> ToolResult:
        kind = MEDIA.get(posixpath.splitext(path)[1].lower())
        binary = b"\0" in data[:8192] and data[:2] not in {b"\xff\xfe", b"\xfe\xff"}
        if kind is not None and (binary or not kind.startswith(("audio/", "video/"))):
            media = MediaPart(media_type=kind, data=base64.b64encode(data).decode(), name=posixpath.basename(path))
            return replace(told(self._wording, "read_file.media", count=1), media=(media,))
        if binary:
            return told(self._wording, "read_file.binary", path=relative(context.root, path))
        return self._text(_decoded(data), args)

    def _text(self, text: str, args: ReadFileArguments) -> ToolResult:
        lines = text.replace("\r\n", "\n").split("\n")
        start, end = chosen(len(lines), args.start_line, args.end_line)
        shown = [line if len(line) <= LINE_CHARS else line[:LINE_CHARS] + CUT for line in lines[start:end]]
        body = "\n".join(shown)
        if start == 0 and end == len(lines) and shown == lines:
            return told(self._wording, "read_file.text", text=body)
        return told(
            self._wording, "read_file.part", start=start + 1, end=end, total=len(lines), next=end + 1, text=body
        )


def chosen(total: int, start_line: int | None, end_line: int | None) -> tuple[int, int]:
    """First line, counted from 0, and the one after the last. Pure."""
    start = (start_line or 1) - 1
    end = min(start + LINES if end_line is None else end_line, total)
    return min(start, total), end


def _saved(context: ToolContext, path: str) -> bool:
    folder = context.state.notes.get(TMP_NOTE)
    return isinstance(folder, str) and within(folder, path) and not within(context.root, path)


def _decoded(data: bytes) -> str:
    """By its byte order mark, else as UTF-8."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")
