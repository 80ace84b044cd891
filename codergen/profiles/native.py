"""A profile that speaks to its family as the vendor's own tool does. Pure: the family's layout and data decide."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from codergen.conversation import AssistantEntry, Conversation
from codergen.profiles.native_data import FamilyData, NativeTexts, Variant
from codergen.profiles.profile import LOOP_SCAFFOLDS, Ask, Finished, Frame, ProfileFacts, Step
from providers.types import Message, ModelRequest, ModelResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """Where a family puts things."""

    system: str
    """What goes into the API's own place for it; empty where the family has none."""
    messages: tuple[Message, ...]


class Layout(Protocol):
    """One function per family. The same arguments give the same bytes, and a longer conversation extends them."""

    def __call__(self, conversation: Conversation, frame: Frame, texts: NativeTexts, variant: Variant, /) -> Laid: ...


class Native:
    """One family's profile for one model."""

    def __init__(self, data: FamilyData, variant: Variant, texts: NativeTexts, layout: Layout) -> None:
        """`codergen.profiles.families.load_profile` gives those that are shipped."""
        self._data, self._variant, self._texts, self._layout = data, variant, texts, layout
        self.api = data.api
        self.facts = ProfileFacts(
            name=data.family,
            version=texts.version,
            prompts=tuple(text.sha256 for text in texts.sections),
            tools=variant.tools,
            specs=texts.specs,
            scaffolds=LOOP_SCAFFOLDS,
        )

    def put(self, variant: Variant, texts: NativeTexts, around: Callable[[Layout], Layout]) -> "Native":
        """The same profile in other words, `around` its layout."""
        return Native(self._data, variant, texts, around(self._layout))

    def elsewhere(self) -> "Native":
        """The same for a service that speaks another wire, which does not know these parameters."""
        return Native(self._data, self._variant.model_copy(update={"options": {}}), self._texts, self._layout)

    @property
    def texts(self) -> NativeTexts:
        return self._texts

    @property
    def variant(self) -> Variant:
        return self._variant

    def request(self, conversation: Conversation, frame: Frame) -> Step:
        last = conversation.entries[-1] if conversation.entries else None
        if isinstance(last, AssistantEntry) and not last.message.tool_calls and last.stop != "pause":
            return Finished(reason=_ENDED.get(last.stop or "", "answered"), text=last.message.text)
        laid = self._layout(conversation, frame, self._texts, self._variant)
        variant = self._variant
        return Ask(
            request=ModelRequest(
                model=frame.model,
                system=laid.system,
                messages=laid.messages,
                tools=frame.tools,
                max_output_tokens=variant.max_output_tokens,
                effort=frame.effort or variant.effort,
                parallel_tool_calls=variant.parallel,
                cache_key=frame.session,
                options=variant.options,
            )
        )

    def read(self, response: ModelResponse, conversation: Conversation, frame: Frame) -> Message:
        return response.message


_ENDED = {"length": "output_limit", "refusal": "refused", "content_filter": "filtered", "context": "context"}
"""Stop reason -> why the turn is over, where it is not that the model answered."""
