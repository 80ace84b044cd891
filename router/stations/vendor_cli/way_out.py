"""How a tool in a box reaches the credential proxy: a port of the box's own loopback, behind it the proxy's socket."""

from codergen.sandbox.base import Mount
from codergen.tools.check import INSIDE
from router.credentials.gateway import Gateway

PORT = 8787
"""Every command in a sandbox has a loopback of its own, so it is always free."""
BASE_URL = f"http://127.0.0.1:{PORT}"
"""For the tool's settings."""
GATE = "/run/gate"
"""Where the folder with the socket stands inside: a bound folder shows a new socket too, a bound socket does not."""


def mount(gateway: Gateway) -> Mount:
    """What has to be shown in the box, beside the `INSIDE` that every environment shows."""
    return Mount(source=gateway.folder, target=GATE)


def forwarded(gateway: Gateway, python: str, command: tuple[str, ...]) -> tuple[str, ...]:
    """`command` behind the forwarder, which `python` (as inside) runs for as long as it runs."""
    socket = f"{GATE}/{gateway.socket.name}"
    return (python, "-I", "-S", str(INSIDE / "forward.py"), str(PORT), socket, "--", *command)
