"""`activate_skill`: the instructions of `.agents/skills/NAME/SKILL.md`, and what lies beside them."""

import posixpath
import re

from codergen.errors import FileRefused, PathEscape
from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.gemini.arguments import Loose
from codergen.tools.gemini.told import failed, told
from codergen.tools.search import Folder, Listing, Where, folder_tree, list_folder
from codergen.tools.wording import Wording

SKILLS = ".agents/skills"
_FRONT = re.compile(r"\A---\r?\n.*?\r?\n---\r?\n", re.DOTALL)


class ActivateSkillArguments(Loose):
    name: str


class ActivateSkill:
    name = "activate_skill"
    description = "Load the instructions of a skill."
    arguments = ActivateSkillArguments

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def intent(self, args: ActivateSkillArguments, /) -> Intent:
        return Intent(act="read", paths=(posixpath.join(SKILLS, args.name),))

    async def run(self, args: ActivateSkillArguments, context: ToolContext, /) -> ToolResult:
        folder = posixpath.join(context.root, SKILLS, args.name)
        if "/" in args.name or args.name in {"", ".", ".."}:
            return await self._unknown(args.name, context)
        try:
            data = await context.sandbox.read_file(posixpath.join(folder, "SKILL.md"))
        except (FileNotFoundError, FileRefused, PathEscape):
            return await self._unknown(args.name, context)
        body = _FRONT.sub("", data.decode("utf-8", "replace"), count=1).strip()
        below = await folder_tree(context.sandbox, Where(root=context.root, folder=folder))
        resources = "\n    ".join(listed(below)) if isinstance(below, Folder) else ""
        return told(self._wording, "activate_skill.activated", name=args.name, body=body, resources=resources)

    async def _unknown(self, name: str, context: ToolContext) -> ToolResult:
        where = Where(root=context.root, folder=posixpath.join(context.root, SKILLS), git_ignore=False)
        there = await list_folder(context.sandbox, where)
        names = [entry.name for entry in there.entries if entry.is_dir] if isinstance(there, Listing) else []
        return failed(self._wording, "activate_skill.unknown", name=name, names=", ".join(names))


def listed(folder: Folder, above: str = "") -> list[str]:
    """Paths of the files below a folder. Pure."""
    own = [above + name for name in folder.files]
    return own + [path for below in folder.folders for path in listed(below, f"{above}{below.name}/")]
