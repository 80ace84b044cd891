"""One sample replayed, as data. What a family's replay gives; tests and the acceptance report read it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from codergen.errors import ToolMisuse
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.refusals import problems
from codergen.tools.registry import ToolSet
from codergen.tools.wording import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    name: str
    """Position and tool, e.g. `07 read_file`."""
    call: Mapping[str, Any]
    """As recorded."""
    ours: str
    vendor: str
    """With the varying parts (paths, ids) as they are in the replay."""
    said: Said | None
    structure_ok: bool
    """Equal but for prose."""
    bytes_ok: bool
    """Equal in the vendor's words, which were learned from this very sample, but for fields that vary."""
    note: str = ""
    """Why it is not, or what was not compared."""


async def answered(tools: ToolSet, name: str, args: Mapping[str, Any], context: ToolContext) -> ToolResult:
    """What a model would be answered to one call."""
    tool = tools.get(name)
    if tool is None:
        return tools.refusals.unknown(name, tools.names)
    try:
        return await tool.run(tool.arguments.model_validate(args), context)
    except ValidationError as error:
        return tools.refusals.arguments(name, problems(error, json.dumps(args, ensure_ascii=False)))
    except ToolMisuse as error:
        return ToolResult(content=str(error), is_error=True)
