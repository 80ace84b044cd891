"""A captured harness as a profile: the vendor's tools, prompt and result wording over our layout. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from codergen.conversation import Conversation
from codergen.profiles.capture.scratch import CWD
from codergen.profiles.capture.store import Captured
from codergen.profiles.native import Laid, Layout, Native
from codergen.profiles.native_data import NativeTexts, Variant
from codergen.profiles.profile import Frame
from codergen.tools.wording import Wording
from prompts import own
from providers.types import Grammar, Message, TextPart, ToolSpec

SYSTEM: Mapping[str, tuple[str, ...]] = {
    "claude": ("system[2]",),
    "codex": ("input[0] developer[0]",),
    "gemini": ("systemInstruction[0]",),
}
"""Family -> where its system prompt stands. Claude's first two blocks say who is calling and who pays: left out."""


KEPT: Mapping[str, tuple[str, ...]] = {"claude": ("commits",), "codex": ("skills", "permissions"), "gemini": ()}
"""Family -> sections of ours that its layout puts elsewhere than into the system prompt."""


def captured_profile(captured: Captured, built_in: Native) -> Native:
    """The built-in profile with everything in the vendor's words that was learned. Tools that we lack stay out."""
    texts = built_in.texts
    ours = dict(zip(built_in.variant.sections, texts.sections, strict=True))
    wanted = {f"captured/{t.place}": t.text for t in captured.texts if t.place in SYSTEM[captured.family]}
    theirs = {name: own(name, text) for name, text in wanted.items()}
    kept = {name: ours[name] for name in KEPT[captured.family] if name in ours}
    named = {**theirs, **kept} if theirs else ours
    told = {str(tool.get("name")): tool for tool in captured.tools}
    specs = tuple(_spec(spec, told.get(spec.name)) for spec in texts.specs)
    wording = Wording({**texts.wording.templates, **captured.wording}, texts.wording.volatile)
    variant = built_in.variant.model_copy(update={"sections": tuple(named)})
    return built_in.put(variant, NativeTexts(sections=tuple(named.values()), specs=specs, wording=wording), filled)


def filled(layout: Layout) -> Layout:
    """A layout that puts the session's own facts where a capture has marks."""

    def lay(conversation: Conversation, frame: Frame, texts: NativeTexts, variant: Variant) -> Laid:
        laid = layout(conversation, frame, texts, variant)
        here = frame.surroundings
        cwd = here.cwd if here else frame.root
        first, rest = laid.messages[:HEAD], laid.messages[HEAD:]
        messages = (*(_filled(message, cwd) for message in first), *rest)
        return replace(laid, system=laid.system.replace(CWD, cwd), messages=messages)

    return lay


HEAD = 2
"""Messages among which a family may put its system prompt."""


def _filled(message: Message, cwd: str) -> Message:
    if message.role != "system":
        return message
    parts = (replace(p, text=p.text.replace(CWD, cwd)) if isinstance(p, TextPart) else p for p in message.parts)
    return replace(message, parts=tuple(parts))


def _spec(ours: ToolSpec, theirs: Mapping[str, Any] | None) -> ToolSpec:
    if theirs is None:
        return ours
    description = str(theirs.get("description", ours.description))
    schema = theirs.get("input_schema") or theirs.get("parameters") or theirs.get("parametersJsonSchema")
    if schema is not None:
        return replace(ours, description=description, parameters=schema)
    format_: Mapping[str, Any] = theirs.get("format") or {}
    if format_.get("type") == "grammar":
        grammar = Grammar(syntax=format_["syntax"], definition=format_["definition"])
        return replace(ours, description=description, grammar=grammar)
    return replace(ours, description=description)
