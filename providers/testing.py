"""A real loopback server that speaks chat completions from a script, for tests of clients and of what uses them.

Turns are `scripted.Reply` values (answered well, chunk by chunk) or a `Fault` (answered badly). Standard library only.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from providers.events import ModelEvent, ReasoningDelta, TextDelta, ToolCallDelta
from providers.scripted import Reply, deltas
from providers.types import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A bad answer."""

    status: int = 200
    body: Mapping[str, Any] | str = ""
    """Sent as JSON when a mapping, else as it is."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content_type: str = "application/json"
    cut_after: int | None = None
    """Stream this many good chunks of `reply`, then close the socket without an end."""
    clean_end: bool = False
    """With `cut_after`: end the body properly, only without finish reason."""
    reply: Reply = field(default_factory=lambda: Reply(text="x" * 80))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


def openai_error(message: str, *, type: str = "", code: str = "") -> Mapping[str, Any]:
    """An error body as OpenAI-compatible servers write it."""
    return {"error": {"message": message, "type": type, "code": code}}


def _delta(event: ModelEvent) -> dict[str, Any]:
    match event:
        case TextDelta():
            return {"content": event.text}
        case ReasoningDelta():
            return {"reasoning_content": event.text}
        case ToolCallDelta():
            wire: dict[str, Any] = {"index": event.index, "function": {"arguments": event.arguments}}
            if event.id:
                wire |= {"id": event.id, "type": "function"}
                wire["function"]["name"] = event.name
            return {"tool_calls": [wire]}
        case _:
            raise TypeError(f"no delta: {event!r}")


def _usage(usage: Usage) -> dict[str, Any]:
    prompt = usage.input + usage.cache_read + usage.cache_write
    return {
        "prompt_tokens": prompt,
        "completion_tokens": usage.output,
        "total_tokens": prompt + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def chunks(reply: Reply, model: str) -> list[dict[str, Any]]:
    """The whole answer as chunks: deltas, finish reason, usage."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
    stop = reply.stop or ("tool_calls" if reply.tool_calls else "stop")
    told: list[dict[str, Any]] = [
        {"index": 0, "delta": _delta(event), "finish_reason": None} for event in deltas(reply)
    ]
    told.append({"index": 0, "delta": {}, "finish_reason": stop})
    return [{**head, "choices": [choice]} for choice in told] + [
        {**head, "choices": [], "usage": _usage(reply.usage or Usage(input=10, output=5))}
    ]


@dataclass(slots=True)
class ChatServer:
    """Answers each POST with the next turn. `requests` is what came; `closed_early` is set when a client hangs up."""

    turns: list[Reply | Fault]
    requests: list[Seen] = field(default_factory=list[Seen])
    closed_early: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    """Base URL with `/v1`."""
    _open: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request; its task is kept until it is done."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def finish(self) -> None:
        """End what is still being answered."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            seen = await _read(reader)
            self.requests.append(seen)
            turn = self.turns.pop(0) if self.turns else Fault(status=500, body="beyond the script")
            hung_up = asyncio.ensure_future(reader.read(1))
            answer = asyncio.ensure_future(_answer(turn, seen, writer))
            await asyncio.wait({hung_up, answer}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                self.closed_early.set()
            for task in (hung_up, answer):
                task.cancel()
            await asyncio.gather(hung_up, answer, return_exceptions=True)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.closed_early.set()
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method=method, path=path, headers=headers, body=json.loads(raw) if raw else None)


def _head(status: int, content_type: str, extra: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"content-type: {content_type}", "connection: close", "x-request-id: req-1"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in extra.items()), "", ""]).encode()


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


async def _answer(turn: Reply | Fault, seen: Seen, writer: asyncio.StreamWriter) -> None:
    if isinstance(turn, Fault) and turn.cut_after is None:
        text = turn.body if isinstance(turn.body, str) else json.dumps(turn.body)
        extra = {"content-length": str(len(text.encode())), **turn.headers}
        writer.write(_head(turn.status, turn.content_type, extra) + text.encode())
        await writer.drain()
        return
    reply = turn.reply if isinstance(turn, Fault) else turn
    await asyncio.sleep(reply.delay)
    writer.write(_head(200, "text/event-stream", {"transfer-encoding": "chunked"}))
    whole = chunks(reply, str(seen.body["model"]))
    for sent, chunk in enumerate(whole[: turn.cut_after] if isinstance(turn, Fault) else whole):
        await asyncio.sleep(reply.pause if sent else 0)
        await _send(writer, f"data: {json.dumps(chunk)}\n\n".encode())
    if isinstance(turn, Fault) and not turn.clean_end:
        return
    if not isinstance(turn, Fault):
        await _send(writer, b"data: [DONE]\n\n")
    await _send(writer, b"")


@asynccontextmanager
async def chat_server(turns: Sequence[Reply | Fault]) -> AsyncGenerator[ChatServer, None]:
    """A server on a free loopback port for the time of the block."""
    server = ChatServer(list(turns))
    listener = await asyncio.start_server(server.accept, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listener.close()
        await server.finish()
        await listener.wait_closed()
