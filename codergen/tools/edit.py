"""`edit`: exact text in a file, replaced."""

from typing import Annotated

from pydantic import Field

from codergen.errors import ToolMisuse
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.files import read_text, write_text


class EditArguments(Arguments):
    path: Annotated[str, Field(description="File, relative to the workspace.")]
    old_string: Annotated[str, Field(min_length=1, description="Text to replace, exactly as it is in the file.")]
    new_string: Annotated[str, Field(description="Text to put there.")]
    replace_all: Annotated[bool, Field(description="Replace every occurrence; without it there must be one.")] = False


def replaced(text: str, args: EditArguments) -> tuple[str, int]:
    """The new text and the number of places changed; raises ToolMisuse. Pure."""
    if args.old_string == args.new_string:
        raise ToolMisuse("old_string and new_string are the same: nothing to change")
    count = text.count(args.old_string)
    if count == 0:
        hint = " It is there with other blanks." if _bare(args.old_string) in _bare(text) else ""
        raise ToolMisuse(f"{args.path}: old_string is not in the file.{hint} Read the file again and copy the text.")
    if count > 1 and not args.replace_all:
        raise ToolMisuse(
            f"{args.path}: old_string is there {count} times. Add lines to make it unique, or set replace_all."
        )
    return text.replace(args.old_string, args.new_string), count


def _bare(text: str) -> str:
    return "".join(text.split())


class Edit:
    name = "edit"
    description = "Replace text in a file. old_string must match exactly, blanks included, and be unique in the file."
    arguments = EditArguments

    def intent(self, args: EditArguments, /) -> Intent:
        return Intent(act="edit", paths=(args.path,))

    async def run(self, args: EditArguments, context: ToolContext, /) -> ToolResult:
        before = await read_text(context.sandbox, args.path)
        after, count = replaced(before, args)
        await write_text(context.sandbox, args.path, after)
        line = before[: before.index(args.old_string)].count("\n") + 1
        places = "1 place" if count == 1 else f"{count} places"
        return ToolResult(
            content=f"Edited {args.path}: {places}, first at line {line}.",
            details={"path": args.path, "line": line, "count": count},
        )
