"""Where the profile `gemini` puts things, as gemini-cli 0.61.0 does. Pure.

The system instruction holds the prompt and the user's own GEMINI.md. The first message of the user describes where the
session begins, with the project's GEMINI.md; the prompt follows. On the wire both are parts of one content: the vendor
joins neighbours of one role, and so does our encoder.
"""

from collections.abc import Iterable
from datetime import date

from codergen.conversation import Conversation, mapped
from codergen.profiles.native import Laid
from codergen.profiles.native_data import NativeTexts, Variant
from codergen.profiles.profile import Frame
from codergen.profiles.surroundings import InstructionFile, Skill, Surroundings
from codergen.tools.search import Folder
from codergen.tools.wording import Wording, said
from providers.types import Message, Part, ReasoningPart, user

TREE_ITEMS = 200
"""Files and folders that the tree of the first content shows at most."""


def layout(conversation: Conversation, frame: Frame, texts: NativeTexts, variant: Variant, /) -> Laid:
    here, wording = frame.surroundings, texts.wording
    sections = [section.text.strip() for section in texts.sections]
    if here is not None and here.skills and any(spec.name == "activate_skill" for spec in frame.tools):
        sections.append(_skills(wording, here.skills))
    own = _blocks(wording, here, {"user"}) if here is not None else ""
    loaded = wording.text(said("session.user", blocks=own)) if own else ""
    first = (user(_context(wording, here)),) if here is not None else ()
    return Laid(system="\n\n".join(sections) + loaded, messages=(*first, *mapped(conversation, "gemini", _message)))


def drawn(folder: Folder, root: str, wording: Wording, limit: int = TREE_ITEMS) -> str:
    """A folder as the first content shows it; what `Surroundings.tree` is for this family."""
    lines = "\n".join(_tree(folder, ""))
    cut = "" if folder.whole else wording.text(said("session.cut", limit=limit))
    return wording.text(said("session.tree", limit=limit, cut=cut, root=root, lines=lines))


def _context(wording: Wording, here: Surroundings) -> str:
    project = _blocks(wording, here, {"project", "local"})
    return wording.text(
        said(
            "session.context",
            date=_date(here.date),
            platform=here.platform,
            tmp=here.tmp,
            root=here.cwd,
            tree=here.tree,
            loaded=wording.text(said("session.project", blocks=project)) if project else "",
        )
    )


def _date(iso: str) -> str:
    """`Monday, November 23, 2026`."""
    day = date.fromisoformat(iso[:10])
    return f"{_DAYS[day.weekday()]}, {_MONTHS[day.month - 1]} {day.day}, {day.year}"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _blocks(wording: Wording, here: Surroundings, scopes: set[str]) -> str:
    files = (file for file in here.instructions if file.scope in scopes and file.text.strip())
    return "\n\n".join(_block(wording, file) for file in files)


def _block(wording: Wording, file: InstructionFile) -> str:
    return wording.text(said("instructions.block", path=file.path, text=file.text.strip()))


def _skills(wording: Wording, skills: Iterable[Skill]) -> str:
    entries = (said("session.skill", name=s.name, description=s.description, path=s.path) for s in skills)
    return wording.text(said("session.skills", skills="\n".join(map(wording.text, entries))))


def _message(message: Message) -> Message:
    """Notes go out as the user's; text of thoughts does not go back, the signature of a call does."""
    if message.role == "system":
        return Message(role="user", parts=message.parts)
    if message.role != "assistant" or not any(map(_is_thought, message.parts)):
        return message
    return Message(role="assistant", parts=tuple(part for part in message.parts if not _is_thought(part)))


def _is_thought(part: Part) -> bool:
    return isinstance(part, ReasoningPart) and (part.opaque is None or part.opaque.get("of") == "thought")


def _tree(folder: Folder, indent: str) -> list[str]:
    """What is in a folder: files first, then folders, each with a line that says that there is more."""
    out: list[str] = []
    below = len(folder.folders) + folder.more_folders
    for at, name in enumerate(folder.files):
        last = at == len(folder.files) - 1 and not below
        out.append(f"{indent}{'└───' if last else '├───'}{name}")
    if folder.more_files:
        out.append(f"{indent}{'├───' if below else '└───'}...")
    for at, inner in enumerate(folder.folders):
        last = at == len(folder.folders) - 1 and not folder.more_folders
        out.append(f"{indent}{'└───' if last else '├───'}{inner.name}/{'...' if inner.closed else ''}")
        out += _tree(inner, indent + ("    " if last else "│   "))
    if folder.more_folders:
        out.append(f"{indent}└───...")
    return out
