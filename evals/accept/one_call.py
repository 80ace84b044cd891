"""One call through our own client, as a program: usage API URL MODEL [COUNT]. With COUNT, that many streams at once.

Prints the output tokens, and with COUNT the memory that each stream added, as JSON.
"""

import asyncio
import json
import resource
import sys
from pathlib import Path

from providers.events import Done
from providers.registry import Endpoint, connect
from providers.types import ModelRequest, user


async def main(api: str, url: str, model: str, count: str = "1") -> None:
    """Connect, stream, close."""
    client = await connect(api, Endpoint(base_url=url, api_key="key", timeout=60))
    request = ModelRequest(model=model, messages=(user("hello"),))

    async def one() -> int:
        async for event in client.stream(request):
            if isinstance(event, Done):
                return event.response.usage.output
        return 0

    try:
        told = await one()
        if count == "1":
            print(told)
            return
        before = resident()
        many = await asyncio.gather(*(one() for _ in range(int(count))), return_exceptions=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        failed = [repr(error) for error in many if isinstance(error, BaseException)]
        print(
            json.dumps({"bytes_each": max(0, peak - before) / int(count), "failed": failed[:3], "errors": len(failed)})
        )
    finally:
        await client.close()


def resident() -> int:
    """Bytes of memory in use now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
