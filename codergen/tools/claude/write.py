"""`Write`: a whole file."""

from codergen.errors import FileRefused, PathEscape
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.claude import paths
from codergen.tools.claude.files import Known
from codergen.tools.claude.speech import Speech


class WriteArguments(Arguments):
    file_path: str
    content: str


class Write:
    """Missing folders are made; a file that is there keeps its permission bits."""

    name = "Write"
    description = "Write a whole file."
    arguments = WriteArguments

    def __init__(self, speech: Speech, known: Known) -> None:
        self._say, self._known = speech, known

    def intent(self, args: WriteArguments, /) -> Intent:
        return Intent(act="edit", paths=(args.file_path,))

    async def run(self, args: WriteArguments, context: ToolContext, /) -> ToolResult:
        path = paths.absolute(args.file_path, context)
        try:
            data = args.content.encode("utf-8")
        except UnicodeEncodeError:
            return self._say("Write.broken", is_error=True)
        try:
            was = await context.sandbox.stat(path)
            if was is not None and was.kind == "dir":
                return self._say("Write.directory", is_error=True, path=args.file_path)
            await context.sandbox.write_file(path, data, mode=was.mode if was and was.kind == "file" else 0o644)
        except (PathEscape, FileRefused):
            return self._say("Write.denied", is_error=True, path=path)
        case = "Write.created" if was is None else "Write.updated"
        details = {"path": path, "created": was is None}
        return self._say(case, details=details, state=self._known.seen(path, data, whole=True), path=args.file_path)
