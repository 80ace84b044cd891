"""`apply_patch`: files added, changed, moved and deleted by one patch, written as free text."""

from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.codex import patching
from codergen.tools.codex.arguments import Loose
from codergen.tools.wording import Wording


class ApplyPatchArguments(Loose):
    input: str


class ApplyPatch:
    name = "apply_patch"
    description = "Change files by a patch."
    arguments = ApplyPatchArguments

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def intent(self, args: ApplyPatchArguments, /) -> Intent:
        return Intent(act="edit", paths=patching.paths(args.input))

    async def run(self, args: ApplyPatchArguments, context: ToolContext, /) -> ToolResult:
        return await patching.carry_out(self._wording, context, args.input, context.root)
