"""Where the family `claude` puts things, as its vendor's command-line tool does. Pure.

Standing instructions, the state of the repository and the policy on commits stand as reminders before the first prompt.
What the harness says later has a role of its own where the model knows one (flag `mid_system`); elsewhere it is a
reminder on the user's side.
"""

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import cast

from codergen.conversation import AssistantEntry, Conversation, Entry, ToolEntry
from codergen.profiles.native import Laid
from codergen.profiles.native_data import NativeTexts, Variant
from codergen.profiles.profile import Frame
from codergen.profiles.surroundings import GitState, InstructionFile, Surroundings
from codergen.tools.instructions import RULES
from codergen.tools.wording import said
from providers.types import Message, Part, TextPart, ToolCallPart

FILES = RULES["claude"]
SCOPES = ("user", "project", "local")
REMINDED = "commits"
"""The section that stands with the first prompt."""
SILENT_ROUNDS = 5
"""Rounds without a word to people after which a model is asked for one (flag `nudge`)."""


def layout(conversation: Conversation, frame: Frame, texts: NativeTexts, variant: Variant) -> Laid:
    """Raises KeyError for a wording that lacks one of the layout's cases."""
    apart = "mid_system" in variant.flags and (not frame.features or "mid_system" in frame.features)
    sections = dict(zip(variant.sections, texts.sections, strict=True))
    policy = sections.pop(REMINDED, None)
    system = "\n\n".join(text for text in (section.text.strip() for section in sections.values()) if text)
    say = _Say(texts)
    reminders = _reminders(frame.surroundings, policy.text.strip() if policy else "", say)
    facts = _facts(frame, say)
    first = [*reminders, *(() if apart else (say("reminder", text=text) for text in facts))]
    messages: list[Message] = []
    prompts = 0
    for message in _with_notes(conversation, say, nudge="nudge" in variant.flags):
        if message.role == "system":
            messages.append(message if apart else _reminder(message, say))
            continue
        prompts += message.role == "user"
        if message.role == "user" and prompts == 1:
            messages.append(Message(role="user", parts=(*map(_text, first), *message.parts)))
            if apart and facts:
                messages.append(_note("\n\n".join(facts)))
        else:
            messages.append(_normal(message))
    return Laid(system=system, messages=tuple(messages))


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


def _reminder(message: Message, say: _Say) -> Message:
    return Message(role="user", parts=(TextPart(text=say("reminder", text=message.text)),))


def _reminders(around: Surroundings | None, policy: str, say: _Say) -> list[str]:
    """The texts before the first prompt."""
    out: list[str] = []
    if around is not None:
        kept = counted(around.instructions)
        if kept:
            files = (say("file", path=f.path, kind=say(f.scope), text=f.text.rstrip("\n")) for f in kept)
            out.append(say("instructions", files="\n\n".join(files)))
        if around.git is not None:
            out.append(_git(around.git, say))
    if policy:
        out.append(say("commits", text=policy))
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
        user=git.user,
        status=git.status.rstrip() or "(clean)",
        commits="\n".join(git.commits),
    )


def _facts(frame: Frame, say: _Say) -> list[str]:
    """The environment, then what else is told at the beginning, each a text of its own."""
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
    if around.skills:
        skills = "\n".join(f"- {skill.name}: {skill.description}" for skill in around.skills)
        out.append(say("skills", list=skills))
    return [*out, say("date", value=around.date)]


def _with_notes(conversation: Conversation, say: _Say, *, nudge: bool) -> Iterator[Message]:
    """The conversation with what the harness says to what happened in it, behind the round in which it happened."""
    rounds = _rounds(conversation.entries)
    silent = 0
    for message in conversation.messages():
        yield message
        if message.role == "user":
            silent = 0
        elif message.role == "assistant":
            silent = 0 if message.text.strip() else silent + 1
        elif message.role == "tool":
            answers = next(rounds)
            moved = _moved(answers)
            if moved is not None:
                yield _note(say("moved", old=moved[0], new=moved[1]))
            yield from (_note(_change(change, say)) for entry in answers for change in entry.details.get("changed", ()))
            if nudge and silent and silent % SILENT_ROUNDS == 0:
                yield _note(say("nudge"))


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
