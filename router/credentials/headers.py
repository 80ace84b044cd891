"""Which headers pass in which direction, and where a key stands in a request. Pure."""

import re
from collections.abc import Iterable, Mapping

from router.credentials.wires import Wire

Pairs = tuple[tuple[str, str], ...]
"""Names in lower case."""

_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect"}
)
_OURS = frozenset({"host", "content-length", "accept-encoding"})
_CREDENTIAL = re.compile(
    r"authori[sz]ation|api-?key|cookie|secret|credential|password|signature|(^|-)token$|^forwarded|^x-forwarded-"
    r"|^openai-(organization|project)$|^chatgpt-account|^x-goog-(user-project|iam)|^proxy-"
)
"""What proves who asks, or says whose account pays."""
_BEARER = "bearer "


def presented(wire: Wire, headers: Mapping[str, str], query: Mapping[str, str]) -> tuple[str, str]:
    """(header to carry the real key, key that the tool sent); the key is empty when it sent none."""
    for name in wire.key_headers:
        if value := headers.get(name, ""):
            bearer = value.lower().startswith(_BEARER)
            return name, value[len(_BEARER) :].strip() if bearer else value
    return wire.key_headers[0], query.get(wire.key_query, "") if wire.key_query else ""


def outgoing(headers: Iterable[tuple[str, str]], *, carrier: str, key: str) -> Pairs:
    """Headers for the vendor: every credential dropped, ours added, and no compression, since answers are read."""
    kept = [(name, value) for name, value in headers if name not in _HOP | _OURS and not _CREDENTIAL.search(name)]
    secret = f"Bearer {key}" if carrier == "authorization" else key
    return (*kept, ("accept-encoding", "identity"), (carrier, secret))


def incoming(headers: Iterable[tuple[str, str]]) -> Pairs:
    """Headers for the tool. The body arrives decoded, and is framed anew."""
    dropped = _HOP | {"content-length", "content-encoding", "set-cookie", "alt-svc", "strict-transport-security"}
    return tuple((name, value) for name, value in headers if name not in dropped)
