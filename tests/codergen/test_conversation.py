"""What is remembered between rounds changes nothing but the time it takes."""

from hypothesis import given
from hypothesis import strategies as st

from codergen.conversation import AssistantEntry, Conversation, Entry, ToolEntry, UserEntry
from providers.types import Message, TextPart, ToolCallPart

ids = st.sampled_from(["a", "b", "c"])
called = st.lists(ids, unique=True, max_size=3).map(
    lambda names: AssistantEntry(
        message=Message(
            role="assistant",
            parts=(TextPart(text="t"), *(ToolCallPart(id=n, name="read", arguments="{}") for n in names)),
        ),
        by="model",
    )
)
entries: st.SearchStrategy[Entry] = st.one_of(
    st.builds(UserEntry, text=st.text(max_size=3)),
    called,
    st.builds(ToolEntry, call_id=ids, name=st.just("read"), content=st.text(max_size=3), is_error=st.booleans()),
)


@given(st.lists(entries, max_size=12))
def test_messages_grown_step_by_step_are_those_made_at_once(all_: list[Entry]) -> None:
    grown = Conversation()
    for entry in all_:
        grown = grown.add(entry)
        assert grown.messages() == Conversation(entries=grown.entries).messages()
    assert grown == Conversation(entries=tuple(all_)) == Conversation().add(*all_)


@given(st.lists(entries, min_size=1, max_size=12))
def test_closed_rounds_keep_their_message_objects(all_: list[Entry]) -> None:
    before = Conversation().add(*all_, UserEntry(text="x"))
    after = before.add(UserEntry(text="y"))
    assert all(old is new for old, new in zip(before.settled, after.settled, strict=False))
