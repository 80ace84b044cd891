"""`read`: a text file, or some lines of it."""

from typing import Annotated

from pydantic import Field

from codergen.errors import ToolMisuse
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.files import read_text
from codergen.tools.truncate import Cut, truncate

CUT = Cut(chars=50_000, keep="head")


class ReadArguments(Arguments):
    path: Annotated[str, Field(description="File, relative to the workspace.")]
    offset: Annotated[int, Field(ge=1, description="First line, counted from 1.")] = 1
    limit: Annotated[int | None, Field(ge=1, description="Number of lines; without it, to the end.")] = None


class Read:
    name = "read"
    description = "Read a text file. Lines come numbered, as `12<tab>text`; the numbers are not part of the file."
    arguments = ReadArguments

    def __init__(self, cut: Cut = CUT) -> None:
        self._cut = cut

    def intent(self, args: ReadArguments, /) -> Intent:
        return Intent(act="read", paths=(args.path,))

    async def run(self, args: ReadArguments, context: ToolContext, /) -> ToolResult:
        """`details.text` holds the lines as they are in the file."""
        lines = (await read_text(context.sandbox, args.path)).split("\n")
        total = len(lines) - (not lines[-1])
        if args.offset > max(total, 1):
            raise ToolMisuse(f"{args.path}: it has {total} lines, so none from line {args.offset} on")
        end = total if args.limit is None else min(total, args.offset + args.limit - 1)
        chosen = lines[args.offset - 1 : end]
        text = "".join(f"{line}\n" for line in chosen)
        if end == total and lines[-1]:
            text = text[:-1]
        numbered = "\n".join(f"{number}\t{line}" for number, line in enumerate(chosen, start=args.offset))
        rest = f"\n({total - end} more lines)" if end < total else ""
        content = truncate(numbered, self._cut).text + rest if chosen else "(the file is empty)"
        details = {"path": args.path, "offset": args.offset, "lines": total, "text": text}
        return ToolResult(content=content, details=details)
