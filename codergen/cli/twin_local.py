"""The brain `local`: the embedded model answers, in text. It is small, so it sees the newest user text only."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from codergen.settings import Settings
from providers.client import ModelClient
from providers.errors import ProviderError
from providers.events import Done
from providers.local.ladder import open_source
from providers.twin.brain import Reaction, Unexpected
from providers.twin.front import Answer, Asked, Call, Turn
from providers.types import ModelRequest, TextPart, user

CHARACTERS = 6000
TOKENS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalBrain:
    """Passes text to a model and its text back; no tools."""

    client: ModelClient
    model: str

    async def answer(self, asked: Asked) -> Reaction:
        said = next((m.text for m in reversed(asked.request.messages) if m.role == "user" and m.text), "Hello.")
        most = min(asked.request.max_output_tokens or TOKENS, TOKENS)
        request = ModelRequest(model=self.model, messages=(user(said[-CHARACTERS:]),), max_output_tokens=most)
        try:
            async for event in self.client.stream(request):
                if isinstance(event, Done):
                    text = event.response.message.text
                    return Reaction(turn=Turn(parts=(TextPart(text=text),), stop=event.response.stop))
        except ProviderError as error:
            raise Unexpected(f"the local model failed: {error}") from error
        raise Unexpected("the local model said nothing")

    def side(self, call: Call) -> Answer | None:
        del call
        return None

    def problems(self) -> Sequence[str]:
        return ()


@asynccontextmanager
async def local_brain(settings: Settings) -> AsyncGenerator[LocalBrain, None]:
    """Starts the model's server when it does not run. Raises NotInstalled with the way out."""
    opened = await open_source(settings.environ, settings.data)
    try:
        yield LocalBrain(client=opened.client, model=opened.model)
    finally:
        await opened.client.close()
