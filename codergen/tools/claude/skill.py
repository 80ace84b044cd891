"""`Skill`: what a skill's file says, when it is wanted."""

import posixpath
import re

from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.claude import files
from codergen.tools.claude.speech import Speech

FOLDERS = (".agents/skills", ".claude/skills")
"""Below the workspace; the first that has the skill counts."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HEAD = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)


class SkillArguments(Arguments):
    skill: str
    args: str = ""


class Skill:
    """The file's text follows the result."""

    name = "Skill"
    description = "Load a skill."
    arguments = SkillArguments

    def __init__(self, speech: Speech) -> None:
        self._say = speech

    def intent(self, args: SkillArguments, /) -> Intent:
        return Intent(act="read", paths=tuple(f"{folder}/{args.skill}/SKILL.md" for folder in FOLDERS))

    async def run(self, args: SkillArguments, context: ToolContext, /) -> ToolResult:
        name = args.skill.lstrip("/")
        for folder in FOLDERS if _NAME.fullmatch(name) else ():
            place = posixpath.join(context.root, folder, name)
            text = (await files.look(posixpath.join(place, "SKILL.md"), context)).text
            if text:
                return self._started(name, place, _HEAD.sub("", text.replace("\r\n", "\n")).lstrip("\n"), args.args)
        return self._say("Skill.missing", is_error=True, skill=args.skill)

    def _started(self, name: str, folder: str, text: str, given: str) -> ToolResult:
        if "$ARGUMENTS" in text:
            after = self._say.text("Skill.body", folder=folder, text=text.replace("$ARGUMENTS", given))
        elif given:
            after = self._say.text("Skill.body_args", folder=folder, text=text, args=given)
        else:
            after = self._say.text("Skill.body", folder=folder, text=text)
        return self._say("Skill.started", details={"folder": folder}, after=after, skill=name)
