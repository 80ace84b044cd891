"""`glob`: files by pattern, last changed first."""

import time
from collections.abc import Iterable, Mapping

from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.gemini.arguments import Loose
from codergen.tools.gemini.ignoring import OWN_IGNORE_FILE
from codergen.tools.gemini.paths import absolute, outside
from codergen.tools.gemini.told import failed, told
from codergen.tools.search import SECONDS, FileFound, FilesFound, Where, find_files
from codergen.tools.wording import Wording

RECENT_NS = 24 * 3600 * 1_000_000_000
"""Files that changed within a day come first, the last one before the others; all older ones by name."""


class GlobArguments(Loose):
    pattern: str
    dir_path: str = ""
    case_sensitive: bool = False
    respect_git_ignore: bool = True
    respect_gemini_ignore: bool = True


class Glob:
    name = "glob"
    description = "Find files by glob."
    arguments = GlobArguments

    def __init__(self, wording: Wording, env: Mapping[str, str]) -> None:
        self._wording, self._env = wording, env

    def intent(self, args: GlobArguments, /) -> Intent:
        return Intent(act="read", paths=(args.dir_path or ".",))

    async def run(self, args: GlobArguments, context: ToolContext, /) -> ToolResult:
        if not args.pattern.strip():
            return failed(self._wording, "glob.blank")
        if refused := outside(self._wording, context, args.dir_path, self._env):
            return refused
        path = absolute(context.root, args.dir_path)
        where = Where(
            root=context.root,
            folder=path,
            git_ignore=args.respect_git_ignore,
            ignore_files=(OWN_IGNORE_FILE,) if args.respect_gemini_ignore else (),
        )
        found = await find_files(context.sandbox, where, args.pattern, ignore_case=not args.case_sensitive)
        if not isinstance(found, FilesFound):
            return failed(self._wording, f"glob.{found.why}", path=path, told=found.told, seconds=f"{SECONDS:g}")
        facts = {"pattern": args.pattern, "path": path, **({"ignored": found.ignored} if found.ignored else {})}
        suffix = "_ignored" if found.ignored else ""
        if not found.files:
            return told(self._wording, f"glob.none{suffix}", **facts)
        paths = "\n".join(ordered(found.files, time.time_ns()))
        return told(self._wording, f"glob.found{suffix}", **facts, count=len(found.files), paths=paths)


def ordered(files: Iterable[FileFound], now_ns: int) -> list[str]:
    """Paths in the order in which they are shown. Pure."""

    def key(file: FileFound) -> tuple[bool, int, str]:
        old = now_ns - file.changed_ns >= RECENT_NS
        return old, 0 if old else -file.changed_ns, file.path

    return [file.path for file in sorted(files, key=key)]
