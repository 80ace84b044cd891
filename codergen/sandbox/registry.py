"""Sandbox kinds by name. Each is loaded when it is asked for; `auto` never ends at `host`."""

from collections.abc import Callable

from codergen.errors import UsageError
from codergen.sandbox.base import Sandbox


def _bubblewrap() -> Sandbox:
    from codergen.sandbox.bubblewrap import BubblewrapSandbox

    return BubblewrapSandbox()


def _host() -> Sandbox:
    from codergen.sandbox.host import HostSandbox

    return HostSandbox()


KINDS: dict[str, Callable[[], Sandbox]] = {
    "auto": _bubblewrap,
    "bubblewrap": _bubblewrap,
    "bwrap": _bubblewrap,
    "host": _host,
}
"""Name -> factory. `auto` is bubblewrap; where that cannot run, `start` stops with the remedy."""


def create(kind: str) -> Sandbox:
    """A sandbox of that kind, not started. Raises UsageError for a kind that does not exist."""
    factory = KINDS.get(kind)
    if factory is None:
        raise UsageError(f"no sandbox kind {kind!r}", remedy=f"one of: {', '.join(KINDS)}")
    return factory()
