"""`write`: a whole new file, or a file replaced as a whole."""

from typing import Annotated

from pydantic import Field

from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.files import write_text


class WriteArguments(Arguments):
    path: Annotated[str, Field(min_length=1, description="File, relative to the workspace.")]
    content: Annotated[str, Field(description="The whole text of the file.")]


class Write:
    name = "write"
    description = "Create a file, or replace all of an existing one. Missing folders are made."
    arguments = WriteArguments

    def intent(self, args: WriteArguments, /) -> Intent:
        return Intent(act="edit", paths=(args.path,))

    async def run(self, args: WriteArguments, context: ToolContext, /) -> ToolResult:
        await write_text(context.sandbox, args.path, args.content)
        lines = args.content.count("\n") + (not args.content.endswith("\n") and bool(args.content))
        return ToolResult(content=f"Wrote {args.path} ({lines} lines).", details={"path": args.path, "lines": lines})
