"""A result from one case of the wording. Pure."""

from codergen.tools.base import ToolResult
from codergen.tools.wording import Wording, said


def told(wording: Wording, case: str, /, **fields: object) -> ToolResult:
    """A result of which this family says nothing more: it goes out as `output`."""
    what = said(case, **fields)
    return ToolResult(content=wording.text(what), said=what)


def failed(wording: Wording, case: str, /, **fields: object) -> ToolResult:
    """One that goes out as `error`."""
    what = said(case, **fields)
    return ToolResult(content=wording.text(what), said=what, is_error=True)


def part(wording: Wording, case: str, /, **fields: object) -> str:
    """A line that becomes a field of a larger case."""
    return wording.text(said(case, **fields))
