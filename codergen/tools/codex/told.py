"""A result from one case of the wording. Pure."""

from collections.abc import Mapping
from typing import Any

from codergen.tools.base import ToolResult
from codergen.tools.wording import Wording, said


def told(wording: Wording, case: str, details: Mapping[str, Any] | None = None, /, **fields: object) -> ToolResult:
    """This family's wire has no word for failure, so the result has none either; `details` are for people."""
    what = said(case, **fields)
    return ToolResult(content=wording.text(what), details=details or {}, said=what)
