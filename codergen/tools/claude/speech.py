"""How the tools of this family answer: in the words of a wording, with what was said beside them. Pure."""

from collections.abc import Mapping
from typing import Any

from codergen.tools.base import ToolResult
from codergen.tools.wording import Wording, said


class Speech:
    """A wording, made into results."""

    def __init__(self, wording: Wording) -> None:
        self.wording = wording

    def text(self, case: str, **fields: object) -> str:
        return self.wording.text(said(case, **fields))

    def __call__(
        self,
        case: str,
        *,
        is_error: bool | None = None,
        details: Mapping[str, Any] | None = None,
        state: Mapping[str, Any] | None = None,
        after: str = "",
        **fields: object,
    ) -> ToolResult:
        """A result that says `case`; what remains are its fields."""
        told = said(case, **fields)
        return ToolResult(
            content=self.wording.text(told),
            is_error=is_error,
            details=details or {},
            state=state or {},
            after=after,
            said=told,
        )
