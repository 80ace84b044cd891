"""`write_file`: the whole content of a file."""

import posixpath
from collections.abc import Mapping

from codergen.errors import FileRefused, ToolMisuse
from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.gemini.arguments import Loose
from codergen.tools.gemini.instructions import with_instructions
from codergen.tools.gemini.paths import absolute, outside
from codergen.tools.gemini.snippet import snippet
from codergen.tools.gemini.texts import TextFile, put, text_file
from codergen.tools.gemini.told import failed, told
from codergen.tools.wording import Wording


class WriteFileArguments(Loose):
    file_path: str
    content: str


class WriteFile:
    name = "write_file"
    description = "Write a file."
    arguments = WriteFileArguments

    def __init__(self, wording: Wording, env: Mapping[str, str]) -> None:
        self._wording, self._env = wording, env

    def intent(self, args: WriteFileArguments, /) -> Intent:
        return Intent(act="edit", paths=(args.file_path,))

    async def run(self, args: WriteFileArguments, context: ToolContext, /) -> ToolResult:
        if refused := outside(self._wording, context, args.file_path, self._env):
            return refused
        path = absolute(context.root, args.file_path)
        try:
            now = await _now(context, path)
        except FileRefused:
            return failed(self._wording, "write_file.folder", path=path)
        written = await put(context.sandbox, path, args.content, now.ends if now else "\n")
        case = "write_file.overwrote" if now else "write_file.created"
        code = snippet(now.text if now else "", written)
        result = told(self._wording, case, path=path, code=code)
        return await with_instructions(result, self._wording, context, posixpath.dirname(path))


async def _now(context: ToolContext, path: str) -> TextFile | None:
    """What is there before; a file that is no text is replaced all the same."""
    try:
        return await text_file(context.sandbox, path)
    except ToolMisuse:
        return TextFile(text="", ends="\n")
