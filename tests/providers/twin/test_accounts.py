"""Prompt-cache accounting and the stability checker, on blocks alone."""

import pytest

from providers.twin.cache import LOOK_BACK, PromptCache
from providers.twin.front import Asked, Block, Call, Turn
from providers.twin.stability import Conversations, first_difference
from providers.types import ModelRequest, ReasoningPart, TextPart, ToolCallPart, Usage, user

BIG = 1024 * 4


def block(letter, mark="", place="messages[0]", **more):
    """A thousand and twenty-four tokens."""
    return Block(place=place, text=letter * BIG, mark=mark, **more)


def asked(*blocks, key="k", explicit=True, conversation="", model="m"):
    request = ModelRequest(model=model, messages=(user("x"),))
    return Asked(
        call=Call(method="POST", path="/"),
        request=request,
        blocks=blocks,
        streaming=True,
        key=key,
        conversation=conversation,
        explicit_cache=explicit,
    )


SILENT = Turn(parts=())


def counted(cache, request, now=0.0):
    return cache.usage(request, SILENT, provider="p", now=now)


def test_what_is_marked_is_written_and_then_read():
    cache = PromptCache()
    first = asked(block("a"), block("b", "5m"), block("c"))
    assert counted(cache, first) == Usage(input=1024, cache_write=2048)
    then = asked(block("a"), block("b"), block("c"), block("d", "5m"))
    assert counted(cache, then) == Usage(cache_read=2048, cache_write=2048)
    assert counted(cache, then) == Usage(cache_read=4096)


def test_without_a_mark_nothing_is_cached():
    cache = PromptCache()
    for _ in range(2):
        assert counted(cache, asked(block("a"), block("b"))) == Usage(input=2048)


def test_a_changed_beginning_reads_nothing():
    cache = PromptCache()
    counted(cache, asked(block("a"), block("b", "5m")))
    assert counted(cache, asked(block("z"), block("b", "5m"))) == Usage(cache_write=2048)


def test_hours_cost_more_and_live_longer():
    cache = PromptCache()
    request = asked(block("a", "1h"), block("b", "5m"))
    assert counted(cache, request) == Usage(cache_write_1h=1024, cache_write=1024)
    assert counted(cache, request, now=301.0) == Usage(cache_read=1024, cache_write=1024)
    assert counted(cache, request, now=4000.0) == Usage(cache_write_1h=1024, cache_write=1024)


def test_reading_keeps_a_prefix_alive():
    cache = PromptCache()
    request = asked(block("a", "5m"))
    assert [counted(cache, request, now=now).cache_read for now in (0.0, 200.0, 400.0, 701.0)] == [0, 1024, 1024, 0]


def test_a_mark_looks_back_only_so_far():
    far = [block("a"), *(block(chr(200 + n)) for n in range(LOOK_BACK)), block("z", "5m")]
    cache = PromptCache()
    counted(cache, asked(block("a", "5m")))
    assert counted(cache, asked(*far)).cache_read == 0
    cache = PromptCache()
    counted(cache, asked(block("a", "5m")))
    assert counted(cache, asked(*far[:-2], far[-1])).cache_read == 1024


def test_little_prompts_and_other_keys_and_models_share_nothing():
    cache = PromptCache()
    little = asked(Block(place="messages[0]", text="x" * 400, mark="5m"))
    assert [counted(cache, little) for _ in range(2)] == [Usage(input=100)] * 2
    request = asked(block("a", "5m"))
    counted(cache, request)
    assert counted(cache, asked(block("a", "5m"), key="other")).cache_read == 0
    assert counted(cache, asked(block("a", "5m"), model="other")).cache_read == 0


def test_automatic_caches_read_in_steps():
    cache = PromptCache()
    odd = Block(place="messages[0]", text="o" * (BIG + 400))
    assert counted(cache, asked(odd, explicit=False)) == Usage(input=1124)
    assert counted(cache, asked(odd, block("b"), explicit=False)) == Usage(input=1124 + 1024 - 1024, cache_read=1024)


def test_what_is_said_is_counted():
    call = ToolCallPart(id="c", name="read", arguments='{"a": 1}')
    turn = Turn(
        parts=(ReasoningPart(text="x" * 8), ReasoningPart(opaque={"redacted": True}), TextPart(text="y" * 5), call)
    )
    assert PromptCache().usage(asked(), turn, provider="p", now=0.0) == Usage(output=2 + 1 + 2 + 3, reasoning=3)


def test_a_picture_counts_what_its_front_says():
    picture = Block(place="messages[0]", text="x" * 99_999, tokens=1600)
    assert counted(PromptCache(), asked(picture)) == Usage(input=1600)


A, B, C = (Block(place=f"messages[{at}]", text=letter) for at, letter in enumerate("abc"))
TOOL = Block(place="tools[0]", text="t")


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ((A, B), (A, B, C), None),
        ((A, B), (A, B), None),
        ((A, B), (A,), "messages[1]"),
        ((A, B), (A, C), "messages[2]"),
        ((A,), (TOOL, A), "tools[0]"),
        ((A,), (Block(place="tools[0]", text="t", on_demand=True), A), None),
    ],
)
def test_the_first_difference(before, after, place):
    found = first_difference(before, after)
    assert (found.place if found else None) == place


def test_conversations_are_followed_one_by_one():
    known = Conversations()
    opened = asked(TOOL, A)
    other = asked(TOOL, B)
    assert known.check(opened) is None
    assert known.check(other) is None
    assert known.check(asked(TOOL, A, C)) is None
    assert known.check(asked(TOOL, B, C)) is None
    assert known.check(asked(TOOL, A, B)).place == "messages[1]"


def test_a_changed_opening_is_noticed_where_the_client_names_its_conversation():
    known = Conversations()
    assert known.check(asked(TOOL, A, conversation="s1")) is None
    assert known.check(asked(TOOL, B, conversation="s1")).place == "messages[1]"
    assert known.check(asked(B, conversation="s1")) is None  # other tools: a side call


def test_a_changed_system_text_is_noticed():
    known = Conversations()
    system = Block(place="system[0]", text="10:01")
    assert known.check(asked(system, A)) is None
    found = known.check(asked(Block(place="system[0]", text="10:02"), A, B))
    assert str(found) == "system[0]: was …10:01… is …10:02…"
