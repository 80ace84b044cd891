"""Opening the way out for one job, and closing it again.

It lives as tasks of the job's own process and not as a child: nothing has to be handed a key, and it cannot outlive the
job. A process that is killed takes its listening socket along.
"""

import asyncio
import re
import secrets
import shutil
import socket
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import h11
import httpx2

from codergen.sandbox.owner import mark
from providers.catalog import Catalog, load
from providers.errors import BadSetting
from providers.transport import http
from router.credentials.account import Account
from router.credentials.http1 import Connection, Garbled
from router.credentials.log import Log
from router.credentials.proxy import Proxy
from router.credentials.values import Credential, GateLimits, Ledger, Stop
from router.credentials.wires import WIRES
from router.errors import CredentialRefused

_CONNECTIONS = 32
"""At once. A box that opens more waits."""
_LONGEST_PATH = 107
"""Bytes in the path of a unix socket."""
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?")
_FOLDER = "gate"
_SOCKET = "s"


@dataclass(slots=True, kw_only=True)
class Gateway:
    """An open way out. The folder is what goes into the box, not the socket: a bound folder shows a new socket too."""

    folder: Path
    """Holds the socket alone."""
    placeholder: str = field(repr=False)
    """The key to give to the tool: worth nothing anywhere else, and another one for each job."""
    account: Account = field(repr=False)
    halted: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def socket(self) -> Path:
        return self.folder / _SOCKET

    def ledger(self) -> Ledger:
        """What happened so far."""
        return self.account.ledger

    async def stopped(self) -> Stop:
        """Return once the job must not go on: key refused, allowance or budget used up. Its box should end then."""
        await self.halted.wait()
        stop = self.account.ledger.stop
        assert stop is not None
        return stop

    def heed(self) -> None:
        """Wake who waits for the stop, where there is one."""
        if self.account.ledger.stop is not None:
            self.halted.set()


@asynccontextmanager
async def opened(
    credential: Credential,
    *,
    limits: GateLimits | None = None,
    log: Path | None = None,
    folder: Path | None = None,
    catalog: Catalog | None = None,
    before: Gateway | None = None,
) -> AsyncGenerator[Gateway]:
    """The way out for the time of the block. `folder` is a short one of this user's alone; made and removed where not
    given. With `before`, a closed one of the same job, a box that still runs is served again and the counts go on.

    Raises CredentialRefused for what cannot be used.
    """
    _usable(credential)
    if before is None:
        known = catalog if catalog is not None else await asyncio.to_thread(load)
        account = Account(api=credential.api, limits=limits or GateLimits(), catalog=known)
        placeholder = f"sk-codergen-{secrets.token_hex(24)}"
    else:
        account, placeholder = before.account, before.placeholder
    async with AsyncExitStack() as stack:
        gateway = Gateway(folder=_gate(folder, stack), placeholder=placeholder, account=account)
        proxy = Proxy(
            credential=credential,
            placeholder=placeholder,
            account=account,
            http=await stack.enter_async_context(_client(credential, account.limits)),
            log=stack.enter_context(Log(log)),
            changed=gateway.heed,
        )
        await stack.enter_async_context(_listening(gateway.socket, proxy))
        yield gateway


def _usable(credential: Credential) -> None:
    if credential.api not in WIRES:
        raise CredentialRefused(
            f"no credential proxy for the API {credential.api!r}", remedy=f"there is one for: {', '.join(WIRES)}"
        )
    if credential.kind == "login":
        raise CredentialRefused(
            "a command-line tool's own login cannot be lent to a job yet",
            remedy="use an API key; a login would need its one token file to stay on the host, refreshed there and "
            "added to requests by the proxy, after a person has agreed to it for this station",
        )
    if credential.endpoint.base_url and not _ADDRESS.fullmatch(credential.endpoint.base_url):
        raise CredentialRefused(
            f"no address of a vendor: {credential.endpoint.base_url!r}", remedy="it begins with http:// or https://"
        )
    key = credential.endpoint.api_key
    if not key or not key.isascii() or not key.isprintable():
        raise CredentialRefused("no usable API key for the vendor", remedy="set the provider's key, or choose another")


def _gate(given: Path | None, stack: AsyncExitStack) -> Path:
    """The folder for the socket, open to the id that boxes run as, below one that is closed to all others."""
    private = given
    if private is None:
        private = Path(tempfile.mkdtemp(prefix=f"codergen-gate-{mark()}-", dir="/tmp"))
        stack.callback(shutil.rmtree, private, ignore_errors=True)
    private.chmod(0o700)
    gate = private / _FOLDER
    gate.mkdir(exist_ok=True)
    gate.chmod(0o755)
    return gate


def _client(credential: Credential, limits: GateLimits) -> httpx2.AsyncClient:
    try:
        return http(replace(credential.endpoint, timeout=limits.idle_s))
    except BadSetting as error:
        raise CredentialRefused(error.message, remedy="correct that setting, or unset it") from error


@asynccontextmanager
async def _listening(path: Path, proxy: Proxy) -> AsyncGenerator[None]:
    """Serve connections as tasks of this block, which all end with it."""
    if len(str(path).encode()) > _LONGEST_PATH:
        raise CredentialRefused(f"the path of the socket is too long: {path}", remedy="give a shorter folder")
    free = asyncio.Semaphore(_CONNECTIONS)
    running: set[asyncio.Task[None]] = set()

    def accept(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.create_task(_serve(Connection(reader, writer), proxy, free))
        running.add(task)
        task.add_done_callback(running.discard)

    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o666)  # the folder above decides who comes here
    server = await asyncio.start_unix_server(accept, sock=listener)
    try:
        yield
    finally:
        server.close()
        for task in (left := list(running)):
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        path.unlink(missing_ok=True)


async def _serve(connection: Connection, proxy: Proxy, free: asyncio.Semaphore) -> None:
    """One connection to its end."""
    try:
        async with free:
            with suppress(ConnectionError, h11.LocalProtocolError):  # the latter: an answer that is no HTTP
                await _requests(connection, proxy)
    finally:
        await connection.close()


async def _requests(connection: Connection, proxy: Proxy) -> None:
    try:
        while (request := await connection.request(proxy.account.limits.body_bytes)) is not None:
            await proxy.exchange(connection, request)
    except Garbled as error:
        with suppress(h11.LocalProtocolError):
            await connection.answer(error.status, (("connection", "close"),), b"")
