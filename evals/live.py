"""`make live`: six small questions to every provider whose key is set, for a few cents; the others are skipped.

Not a pytest tier: tests never leave this machine.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace

from codergen.settings import load
from providers import registry
from providers.client import ModelClient
from providers.errors import ModelUnknown, ProviderError
from providers.events import Done, TextDelta
from providers.matrix import WEATHER, picture
from providers.types import MediaPart, Message, ModelRequest, ModelResponse, OutputSchema, TextPart, user
from providers.vendors import VENDORS, Reach, reach

PERSON = OutputSchema(
    name="person",
    schema={
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    },
)

Question = Callable[[ModelClient, ModelRequest], Awaitable[str]]
"""Gives what came back in a few words. Raises AssertionError when it is not what it has to be."""


async def _ask(client: ModelClient, request: ModelRequest) -> ModelResponse:
    """The whole answer; its deltas have to spell it."""
    text = ""
    async with aclosing(client.stream(request)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                text += event.text
            if isinstance(event, Done):
                assert text == event.response.message.text, "the deltas do not spell the answer"
                return event.response
    raise AssertionError("no end")


def _saying(request: ModelRequest, *parts: TextPart | MediaPart) -> ModelRequest:
    return replace(request, messages=(Message(role="user", parts=parts),))


async def hello(client: ModelClient, request: ModelRequest) -> str:
    response = await _ask(client, replace(request, messages=(user("Say hello in one word."),)))
    assert response.message.text, "no text"
    return f"{response.message.text[:30]!r}, {response.usage.total} tokens, cost {response.cost_usd}"


async def haiku(client: ModelClient, request: ModelRequest) -> str:
    response = await _ask(client, replace(request, messages=(user("A haiku about queues."),)))
    return f"{len(response.message.text)} characters, the deltas spell them"


async def weather_of_two_cities(client: ModelClient, request: ModelRequest) -> str:
    wanted = replace(
        request, messages=(user("Weather in Oslo and in Rome? Call the tool for both."),), tools=(WEATHER,)
    )
    calls = (await _ask(client, wanted)).message.tool_calls
    cities = {json.loads(call.arguments)["city"] for call in calls}
    assert len(cities) == 2, f"calls for {cities}"
    return f"{len(calls)} calls at once: {', '.join(sorted(cities))}"


async def colour_of_a_picture(client: ModelClient, request: ModelRequest) -> str:
    shown = MediaPart(media_type="image/png", data=picture())
    response = await _ask(client, _saying(request, TextPart(text="The colour of this picture, one word?"), shown))
    assert "red" in response.message.text.lower(), response.message.text
    return "red"


async def alice_is_30(client: ModelClient, request: ModelRequest) -> str:
    wanted = replace(request, messages=(user("Alice is 30 years old."),), output=PERSON)
    told = json.loads((await _ask(client, wanted)).message.text)
    assert told == {"name": "Alice", "age": 30}, told
    return "structured"


async def no_such_model(client: ModelClient, request: ModelRequest) -> str:
    try:
        await _ask(client, replace(request, model="no-such-model-17", messages=(user("Hello?"),)))
    except ModelUnknown as error:
        return error.kind
    raise AssertionError("an unknown model answered")


QUESTIONS: Mapping[str, Question] = {
    question.__name__: question
    for question in (hello, haiku, weather_of_two_cities, colour_of_a_picture, alice_is_30, no_such_model)
}


async def provider(one: Reach) -> bool:
    """All questions to one provider."""
    client = await registry.connect(one.vendor.api, one.endpoint)
    request = ModelRequest(model=one.vendor.probe, messages=(), max_output_tokens=4000)
    good = True
    try:
        for name, question in QUESTIONS.items():
            try:
                said = f"ok     {await question(client, request)}"
            except (AssertionError, ProviderError, ValueError, KeyError) as error:
                said, good = f"FAILS  {type(error).__name__}: {error}", False
            print(f"  {one.vendor.name:<10} {name:<24} {said}", flush=True)
    finally:
        await client.close()
    return good


def main() -> int:
    """0 when nothing failed; a provider without a key is skipped."""
    environ = load().environ
    good = True
    for vendor in VENDORS.values():
        one = reach(vendor, environ)
        if one.key_from:
            good &= asyncio.run(provider(one))
        else:
            print(f"  {vendor.name:<10} skipped: none of {', '.join(vendor.keys)} is set")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
