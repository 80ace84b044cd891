"""`Edit`: exact text in a file, replaced."""

from dataclasses import dataclass
from typing import Any

from codergen.errors import FileRefused, PathEscape
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.claude import files, paths
from codergen.tools.claude.files import Found, Known
from codergen.tools.claude.speech import Speech


class EditArguments(Arguments):
    file_path: str
    old_string: str
    new_string: str
    replace_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Why a replacement can't be made."""

    case: str
    count: int = 0


def replaced(text: str, args: EditArguments) -> str | Wrong:
    """The new text. Where a file ends its lines as Windows does, a model that writes plain ends is understood. Pure."""
    if args.old_string == args.new_string:
        return Wrong(case="Edit.same")
    if not args.old_string:
        return args.new_string if not text else Wrong(case="Edit.exists")
    old, new = args.old_string, args.new_string
    if old not in text and "\r\n" in text:
        old, new = (part.replace("\r\n", "\n").replace("\n", "\r\n") for part in (old, new))
    count = text.count(old)
    if count == 0:
        return Wrong(case="Edit.not_found")
    if count > 1 and not args.replace_all:
        return Wrong(case="Edit.several", count=count)
    return text.replace(old, new)


class Edit:
    """No file has to be read before; what the model knows of one decides what it is told after."""

    name = "Edit"
    description = "Replace text in a file."
    arguments = EditArguments

    def __init__(self, speech: Speech, known: Known) -> None:
        self._say, self._known = speech, known

    def intent(self, args: EditArguments, /) -> Intent:
        return Intent(act="edit", paths=(args.file_path,))

    async def run(self, args: EditArguments, context: ToolContext, /) -> ToolResult:
        path = paths.absolute(args.file_path, context)
        found = await files.look(path, context)
        after = self._after(found, args, context)
        if isinstance(after, ToolResult):
            return after
        data = after.encode("utf-8")
        try:
            was = await context.sandbox.stat(path)
            await context.sandbox.write_file(path, data, mode=was.mode if was and was.kind == "file" else 0o644)
        except (PathEscape, FileRefused):
            return self._say("Edit.denied", is_error=True, path=path)
        return self._done(path, found, data, args, context)

    def _after(self, found: Found, args: EditArguments, context: ToolContext) -> str | ToolResult:
        path = paths.absolute(args.file_path, context)
        if found.kind == "folder":
            return self._say("Edit.directory", is_error=True)
        if found.kind == "refused":
            return self._say("Edit.denied", is_error=True, path=path)
        if found.kind == "absent" and args.old_string:
            return self._say("Edit.missing", is_error=True, cwd=paths.cwd(context))
        text = found.text
        if text is None or not _whole_characters(args):
            return self._say("Edit.binary", is_error=True)
        after = replaced(text, args)
        if isinstance(after, Wrong):
            fields: dict[str, Any] = {"old": args.old_string, "count": after.count}
            return self._say(after.case, is_error=True, **fields)
        return after

    def _done(self, path: str, found: Found, data: bytes, args: EditArguments, context: ToolContext) -> ToolResult:
        whole = found.kind == "absent" or files.current(path, found.data, context)
        details = {"path": path, "replace_all": args.replace_all}
        known = path in context.state.files or found.kind == "absent"
        state = self._known.seen(path, data, whole=whole) if known else {}
        case = ("Edit.all" if args.replace_all else "Edit.ok") + ("_current" if whole else "")
        return self._say(case, details=details, state=state, path=args.file_path)


def _whole_characters(args: EditArguments) -> bool:
    """Half of a surrogate pair can be written in JSON and nowhere else."""
    return not any("\ud800" <= letter <= "\udfff" for letter in args.new_string)
