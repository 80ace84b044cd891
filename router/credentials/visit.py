"""One request that goes out to the vendor, and its answer back: passed on at once, and read as it passes."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

import httpx2

from providers.errors import Failure, classify
from router.credentials import quota, refusal
from router.credentials.account import Account, stop_for
from router.credentials.answer import AnswerReader, Seen
from router.credentials.headers import incoming, outgoing
from router.credentials.http1 import Connection
from router.credentials.policy import Asked, Request
from router.credentials.refusal import Refusal
from router.credentials.values import Credential, Exchange
from router.credentials.vendor_error import kind_of
from router.credentials.wires import WIRES, target

_ERROR_BYTES = 1 << 20
_REQUEST_ID = ("request-id", "x-request-id")
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)


@dataclass(slots=True, kw_only=True)
class Visit:
    """`run` once; `done` holds what is known at any moment, also after an exception."""

    credential: Credential
    account: Account
    http: httpx2.AsyncClient
    connection: Connection
    request: Request
    asked: Asked
    done: Exchange
    began: float
    """On the monotonic clock."""
    settle: Callable[[Exchange], None]
    """Called once, before the last byte goes out: whoever has the answer finds it counted."""
    _settled: bool = False

    async def run(self) -> None:
        """Raises ConnectionError when the connection must be closed: after a cut, or when the tool hung up."""
        talking = asyncio.create_task(self._talk())
        watching = asyncio.create_task(self.connection.hung_up())
        try:
            await asyncio.wait({talking, watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            finished = talking.done()
            talking.cancel()
            watching.cancel()
            await asyncio.gather(talking, watching, return_exceptions=True)
            if not self._settled:
                self.done = replace(self.done, abandoned=not finished and not self.done.whole)
                self._conclude()
        if not finished:
            raise ConnectionResetError("the tool hung up")
        talking.result()

    def _conclude(self) -> None:
        self._settled = True
        self.settle(replace(self.done, seconds=time.monotonic() - self.began))

    async def _talk(self) -> None:
        url = target(WIRES[self.credential.api], self.credential.endpoint.base_url, self.request.path)
        url += f"?{urlencode(self.asked.query)}" if self.asked.query else ""
        headers = outgoing(self.request.headers, carrier=self.asked.carrier, key=self.credential.endpoint.api_key)
        lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        ask = self.http.build_request(self.request.method, url, headers=lines, content=self.request.body)
        try:
            answer = await self.http.send(ask, stream=True)
            try:
                await self._answered(answer)
            finally:
                await answer.aclose()
        except httpx2.HTTPError as error:
            await self._lost(error)

    async def _answered(self, answer: httpx2.Response) -> None:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        self.account.note(quota.windows(headers, now=datetime.now(UTC)))
        number = next((headers[name] for name in _REQUEST_ID if name in headers), "")
        self.done = replace(self.done, status=answer.status_code, request_id=number[:200])
        if answer.is_success:
            await self._pass_on(answer, headers)
        elif answer.is_redirect:
            await self._instead(Refusal(status=502, code="redirect", message="the vendor's address answers elsewhere"))
        else:
            await self._failed(answer, headers)

    async def _pass_on(self, answer: httpx2.Response, headers: dict[str, str]) -> None:
        """Every piece as it comes. What it showed counts also when it is cut."""
        reader = AnswerReader(
            api=self.credential.api, content_type=headers.get("content-type", ""), generates=self.asked.generates
        )
        broke: httpx2.HTTPError | None = None
        try:
            await self.connection.head(answer.status_code, incoming(headers.items()))
            async for piece in answer.aiter_bytes():
                if self.done.first_byte_s is None:
                    self.done = replace(self.done, first_byte_s=round(time.monotonic() - self.began, 4))
                reader.feed(piece)
                await self.connection.piece(piece)
        except httpx2.HTTPError as error:
            broke = error
        finally:
            seen = reader.seen()
            self._read(seen)
        if seen.whole or (seen.error and broke is None):  # its end, or the vendor's own word for a failure
            self._conclude()
            await self.connection.end()
            return
        problem = _kind(Failure(exception="DecodingError" if seen.garbled else _names(broke), began=True))
        self.done = replace(self.done, problem=self.done.problem or problem)
        self._conclude()
        if reader.streamed:
            text = "the answer broke off" if broke is None else f"the answer broke off ({type(broke).__name__})"
            cut = Refusal(status=502, code=problem, message=text)
            await self.connection.piece(refusal.in_stream(self.credential.api, cut))
        raise ConnectionAbortedError("half an answer must not look like a whole one")

    def _read(self, seen: Seen) -> None:
        cost = None if self.asked.generates else Decimal(0)
        if seen.whole and seen.usage is not None:
            cost = self.account.price(self.asked.model, seen.usage)
        problem = _kind(Failure(code=seen.error.lower(), began=True)) if seen.error else ""
        self.done = replace(self.done, whole=seen.whole, usage=seen.usage, cost_usd=cost, problem=problem)
        if (stop := stop_for(problem, self.done.status)) is not None:
            self.account.stop(stop)

    async def _failed(self, answer: httpx2.Response, headers: dict[str, str]) -> None:
        """An error of the vendor's: what it means for the job; else to the tool as it came, our key cut out."""
        text = (await _at_most(answer, _ERROR_BYTES)).decode(errors="replace")
        kind = kind_of(self.credential.api, answer.status_code, text)
        self.done = replace(self.done, problem=kind, cost_usd=Decimal(0))
        if (stop := stop_for(kind, answer.status_code)) is not None:
            await self._instead(self.account.stop(stop))
            return
        if answer.status_code == 429 and not {"retry-after", "retry-after-ms"} & headers.keys():
            headers["retry-after"] = f"{quota.wait(headers, text, now=datetime.now(UTC)):.0f}"
        key = self.credential.endpoint.api_key
        passed = [(name, value.replace(key, "***")) for name, value in incoming(headers.items())]
        self._conclude()
        await self.connection.answer(answer.status_code, passed, text.replace(key, "***").encode())

    async def _lost(self, error: httpx2.HTTPError) -> None:
        """The vendor was not there, or said nothing in the time allowed."""
        status = 504 if isinstance(error, httpx2.TimeoutException) else 502
        kind = _kind(Failure(exception=_names(error)))
        cost = Decimal(0) if isinstance(error, _NEVER_SENT) else None
        self.done = replace(self.done, problem=kind, cost_usd=cost)
        text = f"no answer from the vendor ({type(error).__name__})"
        await self._instead(Refusal(status=status, code=kind, message=text))

    async def _instead(self, said: Refusal) -> None:
        self.done = replace(self.done, status=said.status, problem=self.done.problem or said.code)
        self._conclude()
        await self.connection.answer(said.status, said.headers, refusal.body(self.credential.api, said))


async def _at_most(answer: httpx2.Response, size: int) -> bytes:
    """The head of a body; what breaks off early is as much as there is."""
    found = bytearray()
    try:
        async for piece in answer.aiter_bytes():
            found += piece
            if len(found) >= size:
                break
    except httpx2.HTTPError:
        pass
    return bytes(found[:size])


def _kind(failure: Failure) -> str:
    return classify(failure)("").kind


def _names(error: BaseException | None) -> str:
    return "" if error is None else " ".join(cls.__name__ for cls in type(error).__mro__)
