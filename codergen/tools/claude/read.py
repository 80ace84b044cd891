"""`Read`: a text file with numbered lines, a picture, a document."""

import base64
import posixpath
from typing import Annotated

from pydantic import Field

from codergen.sandbox.base import ExecRequest
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.claude import files, nested, paths
from codergen.tools.claude.files import Found, Known
from codergen.tools.claude.speech import Speech
from codergen.tools.claude.stored import Stored
from providers.types import MediaPart

TOKENS = 25_000
LARGE_TOKENS = 100_000
"""With allow_large."""
CHARS_PER_TOKEN = 4
"""An estimate: the vendor asks its counting service."""
PICTURES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
}  # fmt: skip


class ReadArguments(Arguments):
    file_path: str
    offset: Annotated[int, Field(ge=0)] | None = None
    limit: int | None = None
    """What is not above zero counts as none, as it does with the vendor."""
    pages: str | None = None
    allow_large: bool = False


class Read:
    """Instructions beside a file come with the first file read below them."""

    name = "Read"
    description = "Read a file."
    arguments = ReadArguments

    def __init__(self, speech: Speech, stored: Stored, known: Known) -> None:
        self._say, self._stored, self._known = speech, stored, known

    def intent(self, args: ReadArguments, /) -> Intent:
        return Intent(act="read", paths=(args.file_path,))

    async def run(self, args: ReadArguments, context: ToolContext, /) -> ToolResult:
        path = paths.absolute(args.file_path, context)
        found = await files.look(path, context, self._stored)
        match found.kind:
            case "absent":
                return await self._missing(path, context)
            case "folder":
                return self._say("Read.directory", is_error=True, path=path)
            case "refused":
                return self._say("Read.denied", is_error=True, path=path)
            case "file":
                result = self._shown(path, found, args)
        return result if result.is_error else await nested.shown(result, path, context, self._say)

    async def _missing(self, path: str, context: ToolContext) -> ToolResult:
        """With the name of a file beside it that differs in its suffix only."""
        folder, name = posixpath.split(path)
        stem = posixpath.splitext(name)[0]
        listed = await context.sandbox.exec(ExecRequest(argv=("/bin/ls", "--", folder), timeout_s=10))
        for other in listed.stdout.decode("utf-8", "replace").splitlines() if listed.exit_code == 0 else ():
            if posixpath.splitext(other)[0] == stem:
                return self._say("Read.missing_like", is_error=True, cwd=paths.cwd(context), like=other)
        return self._say("Read.missing", is_error=True, cwd=paths.cwd(context))

    def _shown(self, path: str, found: Found, args: ReadArguments) -> ToolResult:
        suffix = posixpath.splitext(path)[1].lower()
        if suffix in PICTURES:
            return ToolResult(content="", media=(_media(PICTURES[suffix], found, path),), details={"path": path})
        if suffix == ".pdf":
            content = self._say.text("Read.document") if args.pages else ""
            return ToolResult(content=content, media=(_media("application/pdf", found, path),), details={"path": path})
        text = found.text
        if text is None:
            return self._say("Read.binary", is_error=True, suffix=suffix or "binary")
        return self._lines(path, found.data, text, args)

    def _lines(self, path: str, data: bytes, text: str, args: ReadArguments) -> ToolResult:
        lines = text.replace("\r\n", "\n").split("\n")
        first = max(1, args.offset or 1)
        details = {"path": path, "lines": len(lines)}
        if not text:
            return self._say("Read.empty", details=details, state=self._known.seen(path, data, whole=True))
        if first > len(lines):
            state = self._known.seen(path, data, whole=False)
            return self._say("Read.past_end", details=details, state=state, offset=args.offset, lines=len(lines))
        end = len(lines) if args.limit is None or args.limit <= 0 else min(len(lines), first - 1 + args.limit)
        numbered = "\n".join(f"{number}\t{line}" for number, line in enumerate(lines[first - 1 : end], start=first))
        allowed = LARGE_TOKENS if args.allow_large else TOKENS
        if (tokens := len(numbered) // CHARS_PER_TOKEN) > allowed:
            return self._say("Read.too_large", is_error=True, details=details, tokens=tokens, allowed=allowed)
        state = self._known.seen(path, data, whole=(first, end) == (1, len(lines)))
        return self._say("Read.lines", details=details, state=state, lines=numbered)


def _media(media_type: str, found: Found, path: str) -> MediaPart:
    name = posixpath.basename(path) if media_type == "application/pdf" else ""
    return MediaPart(media_type=media_type, data=base64.b64encode(found.data).decode(), name=name)
