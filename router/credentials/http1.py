"""HTTP/1.1 on the box's side of the proxy: one connection, requests in whole, answers in pieces. h11 reads and writes
the protocol; what it finds wrong is answered with 400 and the end of the connection."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterable
from contextlib import suppress

import h11

from router.credentials.policy import Request

_READ = 1 << 16
_LARGEST_HEAD = 1 << 16
_REQUEST_S = 60.0
"""A request that has begun must be there after this long."""


class Garbled(Exception):
    """What came is no request; `status` says it to the other side."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


class Connection:
    """The server's end of one connection. One request at a time."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
        self.began = False
        """The head of the answer to the current request is out."""

    async def request(self, largest_body: int) -> Request | None:
        """The next request, or None when the other side is done. Raises Garbled."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        self.began = False
        if self._http.our_state is not h11.IDLE:
            return None
        try:
            head = await self._event()
            if not isinstance(head, h11.Request):
                return None
            async with asyncio.timeout(_REQUEST_S):
                body = await self._body(largest_body)
        except h11.RemoteProtocolError as error:
            raise Garbled(error.error_status_hint) from error
        except TimeoutError as error:
            raise Garbled(408) from error
        path, _, query = head.target.decode("ascii", "replace").partition("?")
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers)
        return Request(method=head.method.decode(), path=path, query=query, headers=headers, body=body)

    async def _body(self, largest: int) -> bytes:
        if self._http.they_are_waiting_for_100_continue:
            await self._send(h11.InformationalResponse(status_code=100, headers=[]))
        body = bytearray()
        while isinstance(event := await self._event(), h11.Data):
            body += event.data
            if len(body) > largest:
                raise Garbled(413)
        if not isinstance(event, h11.EndOfMessage):
            raise Garbled(400)
        return bytes(body)

    async def _event(self) -> h11.Event | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(_READ))
        return event  # pyright: ignore[reportReturnType] - NEED_DATA is gone

    async def hung_up(self) -> None:
        """Return when the other side closes. A request that it sends ahead is kept, and ends the watching."""
        data = await self._reader.read(_READ)
        if data:
            self._http.receive_data(data)
            await asyncio.Event().wait()

    async def head(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Begin an answer; its body is chunked unless the headers give a length."""
        self.began = True
        lines = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
        await self._send(h11.Response(status_code=status, headers=lines))

    async def piece(self, data: bytes) -> None:
        """Pass on some of the body at once; waits while the other side does not read."""
        await self._send(h11.Data(data=data))

    async def end(self) -> None:
        """The answer is whole."""
        await self._send(h11.EndOfMessage())

    async def answer(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """A whole answer in one go."""
        await self.head(status, (*headers, ("content-length", str(len(body)))))
        await self.piece(body)
        await self.end()

    async def _send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()

    async def close(self) -> None:
        """End the connection. In mid-answer the other side sees that it was cut."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
