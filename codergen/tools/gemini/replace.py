"""`replace`: one text for another in a file, or a new file."""

import posixpath
from collections.abc import Mapping

from codergen.errors import FileRefused
from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.gemini.arguments import Loose
from codergen.tools.gemini.instructions import with_instructions
from codergen.tools.gemini.matching import Replaced, replaced
from codergen.tools.gemini.paths import absolute, outside
from codergen.tools.gemini.snippet import snippet
from codergen.tools.gemini.texts import TextFile, put, text_file
from codergen.tools.gemini.told import failed, told
from codergen.tools.wording import Wording


class ReplaceArguments(Loose):
    file_path: str
    instruction: str
    old_string: str
    new_string: str
    allow_multiple: bool = False


class Replace:
    name = "replace"
    description = "Replace text in a file."
    arguments = ReplaceArguments

    def __init__(self, wording: Wording, env: Mapping[str, str]) -> None:
        self._wording, self._env = wording, env

    def intent(self, args: ReplaceArguments, /) -> Intent:
        return Intent(act="edit", paths=(args.file_path,))

    async def run(self, args: ReplaceArguments, context: ToolContext, /) -> ToolResult:
        if refused := outside(self._wording, context, args.file_path, self._env):
            return refused
        path = absolute(context.root, args.file_path)
        try:
            now = await text_file(context.sandbox, path)
        except FileRefused:
            return failed(self._wording, "replace.folder")
        result = (
            await self._created(args, path, context) if now is None else await self._changed(args, path, now, context)
        )
        if result.is_error:
            return result
        return await with_instructions(result, self._wording, context, posixpath.dirname(path))

    async def _created(self, args: ReplaceArguments, path: str, context: ToolContext) -> ToolResult:
        if args.old_string:
            return failed(self._wording, "replace.missing", path=path)
        code = await put(context.sandbox, path, args.new_string, "\n")
        return told(self._wording, "replace.created", path=path, code=code)

    async def _changed(self, args: ReplaceArguments, path: str, now: TextFile, context: ToolContext) -> ToolResult:
        if not args.old_string:
            return failed(self._wording, "replace.exists", path=path)
        old, new = (text.replace("\r\n", "\n") for text in (args.old_string, args.new_string))
        found = replaced(now.text, old, new, several=args.allow_multiple)
        if wrong := self._wrong(args, found, same=old == new):
            return wrong
        code = snippet(now.text, await put(context.sandbox, path, found.text, now.ends))
        if not found.lines:
            return told(self._wording, "replace.changed", path=path, count=found.count, code=code)
        lines = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in found.lines)
        return told(self._wording, "replace.roughly", path=path, count=found.count, code=code, lines=lines)

    def _wrong(self, args: ReplaceArguments, found: Replaced, *, same: bool) -> ToolResult | None:
        if found.count == 0:
            return failed(self._wording, "replace.absent", file=args.file_path)
        if found.count > 1 and not args.allow_multiple:
            return failed(self._wording, "replace.several", count=found.count, file=args.file_path)
        return failed(self._wording, "replace.same", file=args.file_path) if same else None
