"""usage: URL MODEL. litellm as our client starts it: without its network look-ups, which would be unfair."""

import asyncio
import os
import sys

os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_OFFLINE_MODE": "true"}

import litellm


async def main(url: str, model: str) -> None:
    said = [{"role": "user", "content": "hello"}]
    answer = await litellm.acompletion(
        model=model, messages=said, api_base=url, api_key="key", stream=True, stream_options={"include_usage": True}
    )
    used = None
    async for chunk in answer:
        used = getattr(chunk, "usage", None)
    print(used.completion_tokens if used else 0)


asyncio.run(main(*sys.argv[1:]))
