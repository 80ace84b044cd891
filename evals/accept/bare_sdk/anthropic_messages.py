"""usage: URL MODEL"""

import asyncio
import sys

from anthropic import AsyncAnthropic


async def main(url: str, model: str) -> None:
    client = AsyncAnthropic(api_key="key", base_url=url, max_retries=0)
    said = [{"role": "user", "content": "hello"}]
    async with client.messages.stream(model=model, max_tokens=1000, messages=said) as stream:  # pyright: ignore
        async for _ in stream:
            pass
        print((await stream.get_final_message()).usage.output_tokens)
    await client.close()


asyncio.run(main(*sys.argv[1:]))
