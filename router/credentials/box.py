"""What a sandbox is given so that a program in it finds the way out."""

import sys
from pathlib import Path

from codergen.sandbox.base import Mount
from codergen.tools.check import INSIDE
from router.credentials.gateway import Gateway

PORT = 8787
BASE_URL = f"http://127.0.0.1:{PORT}"
"""For the tool's settings. Every box has a loopback of its own, so the port is always free."""
_SYSTEM_PYTHON = Path("/usr/bin/python3")


def mounts(gateway: Gateway) -> tuple[Mount, ...]:
    """Read-only folders: the socket's, the forwarder's, and a Python where the system has none."""
    own = () if _SYSTEM_PYTHON.exists() else (Mount(source=Path(sys.base_prefix)),)
    return (Mount(source=gateway.folder), Mount(source=INSIDE), *own)


def forwarded(gateway: Gateway, command: tuple[str, ...], *, port: int = PORT) -> tuple[str, ...]:
    """`command` behind the forwarder: `port` of its loopback leads to the gateway for as long as it runs."""
    python = _SYSTEM_PYTHON if _SYSTEM_PYTHON.exists() else Path(sys.base_prefix) / "bin" / "python3"
    program = str(INSIDE / "forward.py")
    return (str(python), "-I", "-S", program, str(port), str(gateway.socket), "--", *command)
