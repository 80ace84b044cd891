"""A loopback proxy that passes every request on to a real endpoint and keeps the exchange, without secrets."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx2

from providers.twin import secrets
from providers.twin.cassette import Recorded, Tape, written
from providers.twin.listener import Emit, Message, Receive, listening, whole_body

NOT_PASSED = frozenset({"host", "content-length", "connection", "accept-encoding", "transfer-encoding"})
NOT_RETURNED = frozenset({"content-length", "content-encoding", "connection", "transfer-encoding"})


@dataclass(slots=True, kw_only=True)
class Recorder:
    """The ASGI application; `tape` grows with every answer that came whole, and is written each time."""

    upstream: str
    client: httpx2.AsyncClient
    tape: Tape
    out: Path

    async def __call__(self, scope: Message, receive: Receive, emit: Emit) -> None:
        raw = await whole_body(receive)
        given = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        url = self.upstream.rstrip("/") + scope["path"]
        passed = {name: value for name, value in given.items() if name not in NOT_PASSED} | {
            "accept-encoding": "identity"
        }
        began = False
        try:
            async with self.client.stream(scope["method"], url, params=query, headers=passed, content=raw) as response:
                returned = [(n.lower(), v) for n, v in response.headers.items() if n.lower() not in NOT_RETURNED]
                wired = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in returned]
                await emit({"type": "http.response.start", "status": response.status_code, "headers": wired})
                began = True
                pieces: list[bytes] = []
                async for piece in response.aiter_bytes():
                    pieces.append(piece)
                    await emit({"type": "http.response.body", "body": piece, "more_body": True})
        except httpx2.TransportError as error:
            if not began:
                await _unreachable(emit, self.upstream, error)
            return  # else the client sees the cut as it came, and nothing is kept
        self._keep(scope, query, given, raw, response.status_code, dict(returned), b"".join(pieces))
        await emit({"type": "http.response.body", "body": b"", "more_body": False})

    def _keep(
        self,
        scope: Message,
        query: Mapping[str, str],
        given: Mapping[str, str],
        raw: bytes,
        status: int,
        returned: Mapping[str, str],
        answer: bytes,
    ) -> None:
        found = secrets.keys(given, query)
        one = Recorded(
            method=scope["method"],
            path=scope["path"],
            query=secrets.query(query),
            body=secrets.body(_json(raw), found),
            status=status,
            headers=secrets.headers(returned, response=True),
            answer=secrets.blot(answer.decode("utf-8", errors="replace"), found),
        )
        self.tape.exchanges.append(one)
        self.out.write_text(written(self.tape), encoding="utf-8")


def _json(raw: bytes) -> Any:  # noqa: ANN401  # any JSON value
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


async def _unreachable(emit: Emit, upstream: str, error: Exception) -> None:
    text = json.dumps({"error": {"message": f"{upstream} cannot be reached: {error}", "type": "recorder"}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())]
    await emit({"type": "http.response.start", "status": 502, "headers": headers})
    await emit({"type": "http.response.body", "body": text, "more_body": False})


@asynccontextmanager
async def recording(
    provider: str, upstream: str, out: Path, *, port: int = 0
) -> AsyncGenerator[tuple[str, Tape], None]:
    """Record for the time of the block; gives the URL to use in place of `upstream`, and what is recorded so far."""
    tape = Tape(provider=provider, recorded=datetime.now(UTC).date().isoformat())
    async with httpx2.AsyncClient(trust_env=False, timeout=httpx2.Timeout(600, connect=10)) as client:
        recorder = Recorder(upstream=upstream, client=client, tape=tape, out=out)
        async with listening(recorder, port=port) as url:
            yield url, tape
