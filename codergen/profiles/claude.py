"""Where the family `claude` puts things, as its vendor's command-line tool does. Pure.

Standing instructions, the state of the repository and the policy on commits stand as reminders before the first prompt.
What the harness says later has a role of its own where the model knows one (flag `mid_system`); elsewhere it is a
reminder at the end of the result before it.
"""

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import replace
from functools import lru_cache
from typing import cast

from codergen.conversation import AssistantEntry, Conversation, Entry, ToolEntry
from codergen.profiles.native import Laid
from codergen.profiles.native_data import NativeTexts, Variant
from codergen.profiles.profile import Frame
from codergen.profiles.surroundings import GitState, InstructionFile, Surroundings
from codergen.tools.claude.kinds import KINDS
from codergen.tools.instructions import RULES
from codergen.tools.wording import said
from providers.types import Message, Part, TextPart, ToolCallPart, ToolResultPart

NAME = "claude"
FILES = RULES[NAME]
SCOPES = ("user", "project", "local")
REMINDED = "commits"
"""The section that stands with the first prompt."""
SILENT_ROUNDS = (5, 10, 15)
"""Numbers of rounds without a word to people after which a model is asked for one (flag `nudge`)."""
_OPEN = "<system-reminder>"


def layout(conversation: Conversation, frame: Frame, texts: NativeTexts, variant: Variant) -> Laid:
    """Raises KeyError for a wording that lacks one of the layout's cases."""
    sections = zip(variant.sections, (section.text.strip() for section in texts.sections), strict=True)
    system = "\n\n".join(text for name, text in sections if text and name != REMINDED)
    laying = conversation.memo.get(NAME)
    if not isinstance(laying, _Laying) or not laying.leads_to(conversation, frame, texts, variant):
        laying = conversation.memo[NAME] = _Laying(frame, texts, variant)
    laying.take(conversation.settled, conversation.entries[: conversation.settled_entries])
    whole = laying.copy()
    whole.take(conversation.messages(), conversation.entries)
    return Laid(system=system, messages=tuple(whole.messages))


class _Laying:
    """Messages laid out so far, and what the next ones depend on. Closed rounds are laid out once, not for each of the
    requests that come after them."""

    def __init__(self, frame: Frame, texts: NativeTexts, variant: Variant) -> None:
        self._of = (frame, texts, variant)
        self._apart = "mid_system" in variant.flags and (not frame.features or "mid_system" in frame.features)
        self._nudge = "nudge" in variant.flags
        self._say = _Say(texts)
        self.messages: list[Message] = []
        self._taken, self._entries, self._last = 0, 0, None
        self._silent = 0
        self._prompted = False

    def leads_to(self, conversation: Conversation, *of: object) -> bool:
        """Whether `conversation` begins with what was laid out here."""
        if any(mine is not theirs for mine, theirs in zip(self._of, of, strict=True)):
            return False
        if self._entries > conversation.settled_entries:
            return False
        return not self._entries or conversation.entries[self._entries - 1] is self._last

    def copy(self) -> "_Laying":
        other = copy(self)
        other.messages = list(self.messages)
        return other

    def take(self, messages: tuple[Message, ...], entries: tuple[Entry, ...]) -> None:
        """Lay out what is new in a conversation; what the harness says to what happened stands behind its round."""
        rounds = _rounds(entries[self._entries :])
        for message in messages[self._taken :]:
            self._add(message)
            if message.role == "user":
                self._silent = 0
            elif message.role == "assistant":
                self._silent = 0 if message.text.strip() else self._silent + 1
            elif message.role == "tool":
                self._after(next(rounds))
        self._taken, self._entries = len(messages), len(entries)
        self._last = entries[-1] if entries else None

    def _add(self, message: Message) -> None:
        if message.role == "system" and not self._apart:
            _remind(self.messages, self._say("reminder", text=message.text))
        elif message.role == "user" and not self._prompted:
            self._prompted = True
            self._open(message)
        else:
            self.messages.append(_normal(message) if self._apart else _folded(_normal(message)))

    def _open(self, message: Message) -> None:
        """The first prompt, behind all that stands before it."""
        frame, texts, variant = self._of
        policy = dict(zip(variant.sections, texts.sections, strict=True)).get(REMINDED)
        rule = [self._say("commits", text=policy.text.strip())] if policy and policy.text.strip() else []
        standing = _standing(frame.surroundings, self._say)
        facts, date = _facts(frame, self._say), _date(frame.surroundings, self._say)
        if self._apart:
            first = [*standing, *rule]
        else:
            told, today = ([self._say("reminder", text=text) for text in found] for found in (facts, date))
            first = [*told, *standing, *today, *rule]
        self.messages.append(Message(role="user", parts=(*map(_text, first), *message.parts)))
        if self._apart:
            self.messages.append(_note("\n\n".join((*facts, *date))))

    def _after(self, answers: list[ToolEntry]) -> None:
        """What the harness says to a round."""
        moved = _moved(answers)
        if moved is not None:
            self._add(_note(self._say("moved", old=moved[0], new=moved[1])))
        for entry in answers:
            for change in entry.details.get("changed", ()):
                self._add(_note(_change(change, self._say)))
        if self._nudge and self._silent in SILENT_ROUNDS:
            self._add(_note(self._say("nudge")))


class _Say:
    """The layout's cases of a wording."""

    def __init__(self, texts: NativeTexts) -> None:
        self._wording = texts.wording

    def __call__(self, case: str, **fields: object) -> str:
        return self._wording.text(said(f"Layout.{case}", **fields))


def _text(text: str) -> TextPart:
    return TextPart(text=text)


def _note(text: str) -> Message:
    return Message(role="system", parts=(TextPart(text=text),))


def _remind(messages: list[Message], reminder: str) -> None:
    """At the end of the results it follows, or on the user's side by itself."""
    if messages and messages[-1].role == "tool":
        messages[-1] = _folded(replace(messages[-1], parts=(*messages[-1].parts, TextPart(text=reminder))))
    else:
        messages.append(Message(role="user", parts=(TextPart(text=reminder),)))


def _folded(message: Message) -> Message:
    """Results with the reminders behind them taken into the last one's text, as models without the role get them."""
    results = [at for at, part in enumerate(message.parts) if isinstance(part, ToolResultPart) and not part.media]
    folded = [part.text for part in message.parts if isinstance(part, TextPart) and part.text.startswith(_OPEN)]
    if message.role != "tool" or not results or not folded:
        return message
    parts = list(message.parts)
    last = cast("ToolResultPart", parts[results[-1]])
    parts[results[-1]] = replace(last, content="\n\n".join((last.content.rstrip(), *folded)))
    return replace(message, parts=tuple(p for p in parts if not (isinstance(p, TextPart) and p.text in folded)))


def _standing(around: Surroundings | None, say: _Say) -> list[str]:
    """What the files and the repository said when the session began."""
    out: list[str] = []
    if around is not None:
        kept = counted(around.instructions)
        if kept:
            files = (say("file", path=f.path, kind=say(f.scope), text=f.text.rstrip("\n")) for f in kept)
            out.append(say("instructions", files="\n\n".join(files)))
        if around.git is not None:
            out.append(_git(around.git, say))
    return out


def counted(instructions: Iterable[InstructionFile]) -> tuple[InstructionFile, ...]:
    """The files that this family is shown at the beginning: the user's, the project's, the user's for the project.
    AGENTS.md takes the place of a CLAUDE.md that is not there."""
    best: dict[tuple[str, str], tuple[int, InstructionFile]] = {}
    for file in instructions:
        folder, name = posixpath.split(file.path)
        if file.scope == "local":
            rank = FILES.local.index(name) if name in FILES.local else -1
        else:
            rank = FILES.names.index(name) if name in FILES.names and file.scope in SCOPES else -1
        key = (file.scope, "" if file.scope == "user" else folder)
        if rank >= 0 and (key not in best or rank < best[key][0]):
            best[key] = (rank, file)
    return tuple(sorted((file for _, file in best.values()), key=lambda file: SCOPES.index(file.scope)))


def _git(git: GitState, say: _Say) -> str:
    return say(
        "git",
        branch=git.branch or "HEAD",
        main=git.main_branch,
        user=say("git_user", name=git.user) if git.user else "",
        status=git.status.rstrip() or "(clean)",
        commits="\n".join(git.commits),
    )


def _facts(frame: Frame, say: _Say) -> list[str]:
    """The environment, then what else is told of the session, each a text of its own."""
    around = frame.surroundings
    if around is None:
        return [say("environment", facts=f" - {say('cwd', value=frame.root)}")]
    values = {
        "cwd": around.cwd,
        "repository": "true" if around.git is not None else "false",
        "platform": around.platform,
        "shell": around.shell,
        "os": around.os,
        "sandbox": around.sandbox,
        "network": "reachable" if around.network else "none",
    }
    lines = [f" - {say(case, value=value)}" for case, value in values.items() if value]
    out = [say("environment", facts="\n".join(lines)), say("model", value=frame.model)]
    if any(tool.name == "Agent" for tool in frame.tools):
        out.append(say("agents", list="\n".join(f"- {name}: {kind.purpose}" for name, kind in KINDS.items())))
    if around.skills:
        skills = "\n".join(f"- {skill.name}: {skill.description}" for skill in around.skills)
        out.append(say("skills", list=skills))
    return out


def _date(around: Surroundings | None, say: _Say) -> list[str]:
    return [say("date", value=around.date)] if around is not None else []


def _rounds(entries: tuple[Entry, ...]) -> Iterator[list[ToolEntry]]:
    """The answers of each round that has any, in the order in which they came."""
    asked: set[str] = set()
    answers: list[ToolEntry] = []
    for entry in entries:
        if isinstance(entry, ToolEntry):
            if entry.call_id in asked:
                answers.append(entry)
            continue
        if answers:
            yield answers
        asked = {call.id for call in entry.message.tool_calls} if isinstance(entry, AssistantEntry) else set()
        answers = []
    if answers:
        yield answers


def _moved(answers: list[ToolEntry]) -> tuple[str, str] | None:
    """Where commands started before the round and where they start after it, if that is elsewhere."""
    told = [entry.details for entry in answers if "cwd_before" in entry.details and "cwd" in entry.details]
    if not told:
        return None
    old, new = str(told[0]["cwd_before"]), str(told[-1]["cwd"])
    return (old, new) if old != new else None


def _change(change: Mapping[str, str | None], say: _Say) -> str:
    """A file that a command has changed since the model saw it, as `Bash` tells it in its details."""
    path, lines = change["path"], change["lines"]
    if lines is None:
        return say("gone", path=path)
    return say("changed" if lines else "changed_unseen", path=path, lines=lines)


def _normal(message: Message) -> Message:
    """A message as the vendor's tool keeps it: edits say first whether they replace all."""
    if not any(isinstance(part, ToolCallPart) and part.name == "Edit" for part in message.parts):
        return message
    return Message(role=message.role, parts=tuple(map(_full, message.parts)))


def _full(part: Part) -> Part:
    if not isinstance(part, ToolCallPart) or part.name != "Edit":
        return part
    arguments = _edit(part.arguments)
    return ToolCallPart(id=part.id, name=part.name, arguments=arguments, freeform=part.freeform)


@lru_cache(maxsize=1024)
def _edit(arguments: str) -> str:
    """Arguments of an edit with `replace_all` in front; what is no object stays as it is."""
    try:
        found: object = json.loads(arguments)
    except ValueError:
        return arguments
    if not isinstance(found, dict):
        return arguments
    given = cast("dict[str, object]", found)
    return json.dumps({"replace_all": given.pop("replace_all", False), **given}, ensure_ascii=False)
