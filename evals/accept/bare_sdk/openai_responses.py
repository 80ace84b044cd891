"""usage: URL MODEL"""

import asyncio
import sys

from openai import AsyncOpenAI


async def main(url: str, model: str) -> None:
    client = AsyncOpenAI(api_key="key", base_url=url, max_retries=0)
    async for event in await client.responses.create(model=model, input="hello", stream=True, store=False):
        if event.type == "response.completed" and event.response.usage:
            print(event.response.usage.output_tokens)
    await client.close()


asyncio.run(main(*sys.argv[1:]))
