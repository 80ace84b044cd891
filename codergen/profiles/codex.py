"""Where the family `codex` puts things, as its vendor's command-line tool does. Pure.

Nothing goes into the API's own place for instructions: the base prompt is a developer's message, skills and permissions
are a second one; standing instructions and the environment are two blocks of a user's message before the first prompt.
"""

from collections.abc import Iterable

from codergen.conversation import Conversation, mapped
from codergen.profiles.native import Laid
from codergen.profiles.native_data import NativeTexts, Variant
from codergen.profiles.profile import Frame
from codergen.profiles.surroundings import InstructionFile, Surroundings
from codergen.tools.wording import Wording, said
from providers.types import Message, Role, TextPart

APART = ("skills", "permissions")
"""Sections that stand in the second message, each in tags of its own."""
AGENT_ENDED = "<subagent_notification>"
"""How the note of an agent's end begins."""
OPEN = frozenset({"", "host"})
"""Kinds of sandbox that hold nothing back from commands."""


def layout(conversation: Conversation, frame: Frame, texts: NativeTexts, variant: Variant) -> Laid:
    """Raises KeyError for a wording that lacks one of the layout's cases."""
    sections = {name: text.text.strip() for name, text in zip(variant.sections, texts.sections, strict=True)}
    base = "\n\n".join(text for name, text in sections.items() if text and name not in APART)
    around = frame.surroundings
    apart = _apart(sections, around, texts.wording)
    first = [*_instructions(around, texts.wording), _environment(frame, texts.wording)]
    return Laid(
        system="",
        messages=(
            *_message("system", [base] if base else []),
            *_message("system", apart),
            *_message("user", first),
            *mapped(conversation, "codex", _spoken),
        ),
    )


def _spoken(message: Message) -> Message:
    """Notes are the developer's, but the end of an agent is told as by the user (measured)."""
    if message.role == "system" and message.text.startswith(AGENT_ENDED):
        return Message(role="user", parts=message.parts)
    return message


def _message(role: Role, blocks: list[str]) -> list[Message]:
    return [Message(role=role, parts=tuple(TextPart(text=block) for block in blocks))] if blocks else []


def _apart(sections: dict[str, str], around: Surroundings | None, wording: Wording) -> list[str]:
    out: list[str] = []
    if around is not None and around.skills and sections.get("skills"):
        lines = (
            wording.text(said("Layout.skill", name=skill.name, description=skill.description, path=skill.path))
            for skill in around.skills
        )
        out.append(wording.text(said("Layout.skills", text=sections["skills"], list="\n".join(lines))))
    if sections.get("permissions"):
        reach = "network" if around is not None and around.network else "no_network"
        known = [sections["permissions"]] + ([wording.text(said(f"Layout.{reach}"))] if around is not None else [])
        out.append(wording.text(said("Layout.permissions", text=" ".join(known))))
    return out


def _instructions(around: Surroundings | None, wording: Wording) -> list[str]:
    """The user's own, then those of the workspace, with a mark between the two."""
    if around is None or not around.instructions:
        return []
    own = _joined(file for file in around.instructions if file.scope == "user")
    project = _joined(file for file in around.instructions if file.scope in ("project", "local"))
    if not own and not project:
        return []
    text = own + (wording.text(said("Layout.project_doc")) if own and project else "") + project
    return [wording.text(said("Layout.instructions", cwd=around.cwd, text=f"{text}\n" if project else text))]


def _joined(files: Iterable[InstructionFile]) -> str:
    return "\n\n".join(text for file in files if (text := file.text.strip("\n")).strip())


def _environment(frame: Frame, wording: Wording) -> str:
    around = frame.surroundings
    if around is None:
        return wording.text(said("Layout.place", cwd=frame.root))
    kind = "unrestricted" if around.sandbox in OPEN else "restricted"
    return wording.text(
        said(
            "Layout.environment",
            cwd=around.cwd,
            shell=around.shell,
            date=around.date[:10],
            timezone=around.timezone,
            permissions=wording.text(said(f"Layout.{kind}", cwd=around.cwd)),
        )
    )
