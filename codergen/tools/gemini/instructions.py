"""GEMINI.md files below the root: shown with the first result that comes from their folder."""

from dataclasses import replace

from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.gemini.told import part
from codergen.tools.instructions import RULES, nested
from codergen.tools.wording import Wording, said


async def with_instructions(
    result: ToolResult, wording: Wording, context: ToolContext, folder: str, *, but: str = ""
) -> ToolResult:
    """`result`, and what stands in the instruction files from the root down to `folder`, without `but`."""
    found = await nested(folder, context, RULES["gemini"].names, but=but)
    if not found:
        return result
    blocks = [part(wording, "instructions.block", path=file.path, text=file.text.strip()) for file in found]
    what = said("instructions.found", content=result.content, blocks="\n\n".join(blocks))
    state = {**result.state, "instructions": [file.path for file in found]}
    return replace(result, content=wording.text(what), said=what, state=state)
