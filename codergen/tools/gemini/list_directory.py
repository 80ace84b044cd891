"""`list_directory`: what is in one folder."""

import re
from collections.abc import Mapping
from fnmatch import translate

from pydantic import Field

from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.gemini.arguments import Loose
from codergen.tools.gemini.ignoring import OWN_IGNORE_FILE
from codergen.tools.gemini.instructions import with_instructions
from codergen.tools.gemini.paths import absolute, outside
from codergen.tools.gemini.told import failed, told
from codergen.tools.search import SECONDS, Entry, Listing, Where, list_folder
from codergen.tools.wording import Wording


class Filtering(Loose):
    respect_git_ignore: bool = True
    respect_gemini_ignore: bool = True


class ListDirectoryArguments(Loose):
    dir_path: str
    ignore: list[str] = Field(default_factory=list[str])
    file_filtering_options: Filtering = Filtering()


class ListDirectory:
    name = "list_directory"
    description = "List a directory."
    arguments: type[Arguments] = ListDirectoryArguments

    def __init__(self, wording: Wording, env: Mapping[str, str]) -> None:
        self._wording, self._env = wording, env

    def intent(self, args: ListDirectoryArguments, /) -> Intent:
        return Intent(act="read", paths=(args.dir_path,))

    async def run(self, args: ListDirectoryArguments, context: ToolContext, /) -> ToolResult:
        if refused := outside(self._wording, context, args.dir_path, self._env):
            return refused
        path, filtering = absolute(context.root, args.dir_path), args.file_filtering_options
        where = Where(
            root=context.root,
            folder=path,
            git_ignore=filtering.respect_git_ignore,
            ignore_files=(OWN_IGNORE_FILE,) if filtering.respect_gemini_ignore else (),
        )
        found = await list_folder(context.sandbox, where)
        if not isinstance(found, Listing):
            return failed(self._wording, f"list_directory.{found.why}", path=path, seconds=f"{SECONDS:g}")
        result = self._listing(path, found, args.ignore)
        return await with_instructions(result, self._wording, context, path)

    def _listing(self, path: str, found: Listing, ignore: list[str]) -> ToolResult:
        if not found.entries and not found.ignored:
            return told(self._wording, "list_directory.empty", path=path)
        entries = "\n".join(lines(found.entries, ignore))
        if not found.ignored:
            return told(self._wording, "list_directory.listing", path=path, entries=entries)
        return told(self._wording, "list_directory.ignored", path=path, entries=entries, count=found.ignored)


def lines(entries: tuple[Entry, ...], ignore: list[str]) -> list[str]:
    """Folders first, each sort by name; files with their size. Pure."""
    left_out = [re.compile(translate(glob)) for glob in ignore]
    kept = [entry for entry in entries if not any(glob.match(entry.name) for glob in left_out)]
    ordered = sorted(kept, key=lambda entry: (not entry.is_dir, entry.name.casefold(), entry.name))
    return [f"[DIR] {e.name}" if e.is_dir else f"{e.name} ({e.size} bytes)" for e in ordered]
