"""`grep_search`: lines by regular expression, with the lines around them."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.gemini.arguments import Loose
from codergen.tools.gemini.ignoring import OWN_IGNORE_FILE
from codergen.tools.gemini.paths import absolute, outside
from codergen.tools.gemini.read_file import CUT, LINE_CHARS
from codergen.tools.gemini.told import failed, part, told
from codergen.tools.search import SECONDS, FileLines, LineFound, Lines, LinesFound, Where, find_lines
from codergen.tools.wording import Wording

MOST = 100
"""Matches shown where no other number is asked for."""

Count = Annotated[int | None, Field(ge=0)]
Least = Annotated[int | None, Field(ge=1)]


class GrepSearchArguments(Loose):
    pattern: str
    dir_path: str = ""
    include_pattern: str = ""
    exclude_pattern: str = ""
    names_only: bool = False
    case_sensitive: bool = False
    fixed_strings: bool = False
    context: Count = None
    after: Count = None
    before: Count = None
    no_ignore: bool = False
    max_matches_per_file: Least = None
    total_max_matches: Least = None


class GrepSearch:
    name = "grep_search"
    description = "Find lines by regular expression."
    arguments = GrepSearchArguments

    def __init__(self, wording: Wording, env: Mapping[str, str]) -> None:
        self._wording, self._env = wording, env

    def intent(self, args: GrepSearchArguments, /) -> Intent:
        return Intent(act="read", paths=(args.dir_path or ".",), below=True)

    async def run(self, args: GrepSearchArguments, context: ToolContext, /) -> ToolResult:
        if refused := outside(self._wording, context, args.dir_path, self._env):
            return refused
        path = absolute(context.root, args.dir_path)
        where = Where(root=context.root, folder=path, ignore_files=(OWN_IGNORE_FILE,))
        found = await find_lines(context.sandbox, where, wanted(args))
        if not isinstance(found, LinesFound):
            facts = {"path": path, "pattern": args.pattern, "told": found.told, "seconds": f"{SECONDS:g}"}
            return failed(self._wording, f"grep_search.{found.why}", **facts)
        return self._shown(args, found)

    def _shown(self, args: GrepSearchArguments, found: LinesFound) -> ToolResult:
        include = args.include_pattern
        fields: dict[str, object] = {
            "pattern": args.pattern,
            **({"path": args.dir_path} if args.dir_path else {}),
            "filter": part(self._wording, "grep_search.filter", include=include) if include else "",
            **({"most": args.total_max_matches or MOST} if found.limited else {}),
        }
        if args.names_only and found.count:
            paths = sorted(file.path for file in found.files)
            fields |= {"count": len(paths), "paths": "\n".join(paths)}
        elif found.count:
            fields |= {"count": found.count, "files": "\n---\n".join(map(drawn, found.files))}
        return told(self._wording, f"grep_search.{_case(args, found)}", **fields)


def _case(args: GrepSearchArguments, found: LinesFound) -> str:
    place = "" if args.dir_path else "_here"
    if not found.count:
        return f"none{place}"
    limited = "_limited" if found.limited else ""
    if args.names_only:
        return f"names{place}{limited}"
    return f"one{place}" if found.count == 1 and not limited else f"many{place}{limited}"


def wanted(args: GrepSearchArguments) -> Lines:
    """Lines around matches: as asked for, or as many as there is room for, which is what None means. Pure."""
    asked = (args.context, args.before, args.after)
    free = args.names_only or any(value is not None for value in asked)
    return Lines(
        pattern=args.pattern,
        fixed=args.fixed_strings,
        case_sensitive=args.case_sensitive,
        include=args.include_pattern,
        exclude=args.exclude_pattern,
        before=(args.before or args.context or 0) if free else None,
        after=(args.after or args.context or 0) if free else None,
        no_ignore=args.no_ignore,
        most=args.total_max_matches or MOST,
        most_per_file=args.max_matches_per_file,
    )


def drawn(file: FileLines) -> str:
    """One file's lines, `L1: ` before a match and `L2- ` before its surroundings. Pure."""
    return "\n".join([f"File: {file.path}", *map(_line, file.lines)])


def _line(line: LineFound) -> str:
    text = line.text.rstrip()
    text = text if len(text) <= LINE_CHARS else text[:LINE_CHARS] + CUT
    return f"L{line.number}{':' if line.is_match else '-'} {text}"
