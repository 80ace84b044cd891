"""The twin as an ASGI application: finds the front, asks the brain, keeps the accounts, plays the steps."""

import asyncio
import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl

from providers.twin import exchange as log
from providers.twin.brain import Brain, Reaction, Unexpected
from providers.twin.cache import PromptCache
from providers.twin.exchange import Exchange
from providers.twin.faults import Cut, Fault, Reset, Send, Wait, steps
from providers.twin.front import Answer, Call, Failure, Frame, Front, Rejected, Turn
from providers.twin.listener import RESET, Emit, Message, Receive, whole_body
from providers.twin.models import known
from providers.twin.stability import Conversations
from providers.types import ModelInfo, TextPart

EVENT_STREAM = "text/event-stream; charset=utf-8"
SPOILS_NOTHING = frozenset({"latency", "slow_tokens", "duplicates"})
"""Faults that leave the answer whole, so that the brain's turn counts as played."""
SPOILED = Turn(parts=(TextPart(text="This answer is spoiled on its way, so no turn of the brain was used for it."),))
WRONG_TYPE = Answer(headers={"content-type": "text/html"}, body="<html><body>Please log in.</body></html>")


@dataclass(slots=True, kw_only=True)
class Twin:
    """One loopback server with the given fronts. State: what it has seen, its prompt cache, its conversations."""

    fronts: Sequence[Front]
    """In the order in which they are asked whether a path is theirs."""
    brain: Brain
    fault: Fault | None = None
    models: Mapping[str, Sequence[ModelInfo]] = field(default_factory=dict[str, Sequence[ModelInfo]])
    """Provider -> what its model list says; a provider that is not here lists what the catalogue knows."""
    folder: Path | None = None
    """Gets each request as JSON."""
    seen: list[Exchange] = field(default_factory=list[Exchange])
    """Every request, in order of arrival."""
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client has left in mid-answer."""
    url: str = ""
    """Scheme, host and port; set by whoever serves."""
    _cache: PromptCache = field(default_factory=PromptCache)
    _conversations: Conversations = field(default_factory=Conversations)
    _struck: int = 0

    def base_url(self, provider: str = "") -> str:
        """For our client of that provider; of the only one there is when none is named."""
        front = next(front for front in self.fronts if provider in (front.provider, ""))
        prefix = f"/{front.provider}" if len(self.fronts) > 1 else ""
        return self.url + prefix + front.base_path

    async def __call__(self, scope: Message, receive: Receive, emit: Emit) -> None:
        """One request, as ASGI has it. Notices when the client leaves."""
        raw = await whole_body(receive)
        front, call, readable = self._find(scope, raw)
        exchange = Exchange(call=call, provider=front.provider if front else "")
        self.seen.append(exchange)
        self._log(exchange)
        out = _Out(emit=emit, reset=scope["extensions"][RESET], exchange=exchange)
        answering = asyncio.create_task(self._answer(front, readable, out))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done() and not out.over:
                exchange.hung_up = True
                self.hung_up.set()
                answering.cancel()
            leaving.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)
        finally:
            answering.cancel()
            leaving.cancel()
            exchange.over.set()
            self._log(exchange)
        if not answering.cancelled() and (error := answering.exception()) is not None:
            exchange.problem = f"{type(error).__name__}: {error}"
            raise error

    async def saw_hang_up(self, *, within: float = 30.0) -> bool:
        """Whether a client leaves in mid-answer, soon."""
        try:
            async with asyncio.timeout(within):
                await self.hung_up.wait()
        except TimeoutError:
            return False
        return True

    def problems(self) -> list[str]:
        """What went otherwise than expected, what a front or the brain could not do. Empty is good."""
        broken = [
            f"request {one.call.number}: {one.problem}"
            for one in self.seen
            if one.problem and one.status is None and not one.hung_up
        ]
        return [*self.brain.problems(), *broken]

    @property
    def differences(self) -> list[str]:
        """Requests that do not extend the one before in their conversation."""
        return [f"request {one.call.number}: {one.difference}" for one in self.seen if one.difference]

    def _find(self, scope: Message, raw: bytes) -> tuple[Front | None, Call, bool]:
        """The front of a request, and the request without the prefix that names a provider."""
        try:
            body, readable = (json.loads(raw) if raw else None), True
        except ValueError:
            body, readable = None, False
        whole = Call(
            method=scope["method"],
            path=scope["path"],
            query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            body=body,
            number=len(self.seen) + 1,
            now=int(time.time()),
        )
        for front in self.fronts:
            prefix = f"/{front.provider}/"
            if whole.path.startswith(prefix):
                return front, replace(whole, path=whole.path[len(prefix) - 1 :]), readable
        return next((front for front in self.fronts if front.serves(whole)), None), whole, readable

    async def _answer(self, front: Front | None, readable: bool, out: "_Out") -> None:
        exchange = out.exchange
        call = exchange.call
        if front is None:
            exchange.problem = f"nobody here serves {call.method} {call.path}"
            await out.answer(Answer(status=404, body={"error": exchange.problem}), {})
            return
        headers = front.headers(call)
        try:
            await self._serve(front, readable, out, headers)
        except Rejected as rejected:
            exchange.problem = rejected.failure.rule or rejected.failure.message
            await out.answer(front.failure(rejected.failure), headers)
        except Unexpected as unexpected:
            exchange.problem = str(unexpected)
            failure = Failure(name="bad_request", message=f"the twin has no answer: {unexpected}")
            await out.answer(front.failure(failure), headers)

    async def _serve(self, front: Front, readable: bool, out: "_Out", headers: Mapping[str, str]) -> None:
        call = out.exchange.call
        if not readable:
            raise Rejected(Failure(name="bad_request", message="the body is not JSON", rule="assumed"))
        match front.serves(call):
            case "generate":
                await self._generate(front, out, headers)
            case "side":
                await out.answer(self.brain.side(call) or front.side(call, self._models(front)), headers)
            case _:
                text = f"{call.method} {call.path} is not served"
                raise Rejected(Failure(name="not_found", message=text, rule="assumed"))

    async def _generate(self, front: Front, out: "_Out", headers: Mapping[str, str]) -> None:
        asked = front.read(out.exchange.call)
        out.exchange.asked = asked
        out.exchange.difference = self._conversations.check(asked)
        fault = self._strike()
        reaction = Reaction(turn=SPOILED, fault=fault)
        if fault is None or fault.name in SPOILS_NOTHING:
            told = await self.brain.answer(asked)
            reaction = replace(told, fault=fault or told.fault)
        out.exchange.fault = reaction.fault
        if reaction.fault is not None and (failure := reaction.fault.failure()) is not None:
            await out.answer(front.failure(failure), headers)
            return
        if reaction.fault is not None and reaction.fault.name == "wrong_type":
            await out.answer(WRONG_TYPE, headers)
            return
        turn = reaction.turn
        if isinstance(turn, Answer):
            frames, turn, status = _frames_of(turn), Turn(parts=()), turn
        else:
            usage = turn.usage or self._cache.usage(asked, turn, provider=front.provider, now=time.monotonic())
            out.exchange.usage = usage
            if asked.streaming:
                frames, status = list(front.frames(turn, asked, usage)), Answer(headers={"content-type": EVENT_STREAM})
            else:
                frames = [Frame(data=json.dumps(front.whole(turn, asked, usage)).encode(), content=True)]
                status = Answer(headers={"content-type": "application/json"})
        broken = front.interruption(Failure(name="overloaded", message="too busy to go on"), asked)
        await out.play(steps(frames, turn, reaction.fault, broken), status.status, {**headers, **status.headers})

    def _strike(self) -> Fault | None:
        """The twin's own fault, while it lasts."""
        if self.fault is None or (self.fault.first is not None and self._struck >= self.fault.first):
            return None
        self._struck += 1
        return self.fault

    def _models(self, front: Front) -> Sequence[ModelInfo]:
        given = self.models.get(front.provider)
        return known(front.provider) if given is None else given

    def _log(self, exchange: Exchange) -> None:
        if self.folder is not None:
            log.write(exchange, self.folder)


def _frames_of(answer: Answer) -> list[Frame]:
    """A fixed answer in pieces: the events of a stream, else one piece."""
    text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        events = [event for event in text.replace("\r\n", "\n").split("\n\n") if event]
        return [Frame(data=f"{event}\n\n".encode(), content=True) for event in events]
    return [Frame(data=text.encode(), content=True)]


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@dataclass(slots=True, kw_only=True)
class _Out:
    """The way back to one client."""

    emit: Emit
    reset: Callable[[], None]
    exchange: Exchange
    over: bool = False
    """Nothing more is sent: whoever leaves now has not hung up."""

    async def answer(self, answer: Answer, headers: Mapping[str, str]) -> None:
        kind = "text/plain; charset=utf-8" if isinstance(answer.body, str) else "application/json"
        whole = {"content-type": kind, **headers, **answer.headers}
        data = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
        await self._head(answer.status, {**whole, "content-length": str(len(data))})
        await self._end(data)

    async def play(self, todo: Iterable[Send | Wait | Reset | Cut], status: int, headers: Mapping[str, str]) -> None:
        for step in todo:
            match step:
                case Wait(seconds=seconds):
                    await asyncio.sleep(seconds if math.isfinite(seconds) else 1e6)
                case Reset():
                    self.over = True
                    self.reset()
                    return
                case Cut():
                    self.over = True
                    return
                case Send(data=data):
                    if self.exchange.status is None:
                        await self._head(status, headers)
                    await self.emit({"type": "http.response.body", "body": data, "more_body": True})
        if self.exchange.status is None:
            await self._head(status, headers)
        await self._end(b"")

    async def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.exchange.status = status
        wired = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self.emit({"type": "http.response.start", "status": status, "headers": wired})

    async def _end(self, data: bytes) -> None:
        self.over = True
        await self.emit({"type": "http.response.body", "body": data, "more_body": False})
