"""Subjects for the conformance suite: each opens one client whose other side plays a script."""

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from providers.conformance import Rig
from providers.registry import Endpoint, connect
from providers.scripted import Reply, ScriptedClient
from providers.testing import ChatServer, Fault, chat_server


@dataclass(frozen=True)
class Wire:
    """A client of `api` against a loopback chat server."""

    api: str
    model: str

    @asynccontextmanager
    async def __call__(self, turns: Sequence[Reply | Fault]):
        async with chat_server(turns) as server:
            client = await connect(self.api, Endpoint(base_url=server.url, api_key="key", timeout=60))
            try:
                yield Rig(client=client, model=self.model, hung_up=lambda: saw_hang_up(server))
            finally:
                await client.close()


async def saw_hang_up(server: ChatServer) -> bool:
    try:
        async with asyncio.timeout(30):
            await server.closed_early.wait()
    except TimeoutError:
        return False
    return True


@asynccontextmanager
async def scripted(turns: Sequence[Reply | Fault]):
    client = ScriptedClient([turn for turn in turns if isinstance(turn, Reply)])

    async def hung_up() -> bool:
        return client.interrupted == 1

    yield Rig(client=client, model="m", hung_up=hung_up)


WIRES = {
    "local": Wire("local", "m"),
    "litellm_chat, openai client": Wire("litellm_chat", "openai/gpt-4o"),
    "litellm_chat, own client": Wire("litellm_chat", "openrouter/some/model"),
}
