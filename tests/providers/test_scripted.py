import asyncio

import pytest

from providers.errors import Overloaded
from providers.events import Done, TextDelta
from providers.scripted import Reply, ScriptedClient, ScriptError, call
from providers.types import ModelRequest, user

ASK = ModelRequest(model="m", messages=(user("hello"),))


async def play(client, request=ASK):
    return [event async for event in client.stream(request)]


async def test_plays_turns_in_order_and_records_requests():
    client = ScriptedClient([Reply(text="one"), lambda request: Reply(text=request.messages[0].text.upper())])
    first, second = await play(client), await play(client)
    assert [event.text for event in first if isinstance(event, TextDelta)] == ["one"]
    assert second[-1].response.message.text == "HELLO"
    assert client.requests == [ASK, ASK]
    await client.close()
    await client.close()


async def test_a_call_beyond_the_script_raises():
    with pytest.raises(ScriptError, match="beyond the script of 0"):
        await play(ScriptedClient())


async def test_an_unconsumed_turn_raises_on_close():
    with pytest.raises(ScriptError, match="1 of 1"):
        async with ScriptedClient([Reply(text="never")]):
            pass


async def test_a_failing_body_is_not_hidden_by_unconsumed_turns():
    with pytest.raises(KeyError):
        async with ScriptedClient([Reply(text="never")]):
            raise KeyError


async def test_error_comes_after_the_events_it_was_put_behind():
    client = ScriptedClient([Reply(text="x" * 16, error=Overloaded("busy"), error_after=1)])
    seen = []
    with pytest.raises(Overloaded):
        async for event in client.stream(ASK):
            seen.append(event)
    assert seen == [TextDelta(text="x" * 8)]
    assert client.interrupted == 0


async def test_cancelling_is_seen():
    client = ScriptedClient([Reply(text="x" * 80, pause=5)])
    task = asyncio.create_task(play(client))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client.interrupted == 1


async def test_tool_calls_decide_the_stop_reason():
    events = await play(ScriptedClient(always=lambda _: Reply(tool_calls=(call("read", "{}"),))))
    assert isinstance(events[-1], Done)
    assert events[-1].response.stop == "tool_calls"
