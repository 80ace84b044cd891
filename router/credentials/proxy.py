"""What becomes of each request from the box: refused here, or sent; counted and logged in every case."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import httpx2

from router.credentials import refusal
from router.credentials.account import Account, Hold
from router.credentials.http1 import Connection
from router.credentials.log import Log
from router.credentials.policy import Asked, Request, admit, with_output
from router.credentials.values import Credential, Exchange
from router.credentials.visit import Visit
from router.credentials.wires import WIRES


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """All exchanges of one job."""

    credential: Credential
    placeholder: str = field(repr=False)
    account: Account
    http: httpx2.AsyncClient
    log: Log
    changed: Callable[[], None]
    """Called after each exchange, with the ledger up to date."""

    async def exchange(self, connection: Connection, request: Request) -> None:
        """Answer one request. Raises ConnectionError when the connection must be closed."""
        api = self.credential.api
        asked = admit(api, WIRES[api], request, self.account.limits, self.placeholder)
        done = Exchange(at=datetime.now(UTC), method=request.method[:16], path=request.path, status=0, sent=False)
        if isinstance(asked, Asked):
            held = self.account.admit(asked)
            done = replace(done, model=asked.model, generates=asked.generates)
            if isinstance(held, Hold):
                done = replace(done, sent=True, output_limit=held.output_limit)
                if held.output_limit is not None:
                    request = replace(request, body=with_output(api, request.body, held.output_limit))
                await self._send(connection, request, asked, done, held.usd)
                return
            asked = held
        self._settle(Decimal(0), replace(done, status=asked.status, problem=asked.code))
        await connection.answer(asked.status, asked.headers, refusal.body(api, asked))

    async def _send(
        self, connection: Connection, request: Request, asked: Asked, done: Exchange, held: Decimal
    ) -> None:
        visit = Visit(
            credential=self.credential,
            account=self.account,
            http=self.http,
            connection=connection,
            request=request,
            asked=asked,
            done=done,
            began=time.monotonic(),
            settle=partial(self._settle, held),
        )
        await visit.run()

    def _settle(self, held: Decimal, done: Exchange) -> None:
        self.account.settle(done, held)
        self.log.write(done)
        self.changed()
