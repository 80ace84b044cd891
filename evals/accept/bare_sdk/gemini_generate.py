"""usage: URL MODEL"""

import asyncio
import sys

from google import genai


async def main(url: str, model: str) -> None:
    client = genai.Client(api_key="key", http_options=genai.types.HttpOptions(base_url=url))
    used = None
    async for chunk in await client.aio.models.generate_content_stream(model=model, contents="hello"):
        used = chunk.usage_metadata
    print(used.candidates_token_count if used else 0)
    await client.aio.aclose()


asyncio.run(main(*sys.argv[1:]))
