"""What these tests stand on: a scripted upstream behind the real credential proxy, and real bubblewrap."""

import importlib.util
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from codergen.sandbox.base import Mount
from codergen.settings import load
from codergen.tools.environment import python_environment
from providers.registry import Endpoint
from router.credentials.gateway import opened
from router.credentials.values import Credential
from router.stations.claude_code import ClaudeCode
from router.stations.vendor_cli.station import VendorStation
from router.stations.vendor_cli.vendor import ROOT, Launch

REAL_KEY = "sk-real-and-secret"


def _sibling(name):
    spec = importlib.util.spec_from_file_location(f"vendor_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def upstream():
    """The module with `Script` and `Upstream`."""
    return _sibling("upstream")


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    return python_environment(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def peers_cache():
    """Where `make peers` puts the tools."""
    return load().cache


@pytest.fixture
def gate_to():
    """Opens gates to a server that plays a vendor; the key is added by the proxy."""

    def make(api, url):
        credential = Credential(api=api, endpoint=Endpoint(base_url=url, api_key=REAL_KEY))
        return lambda limits: opened(credential, limits=limits)

    return make


@dataclass(frozen=True, kw_only=True)
class FakeVendor:
    """Claude Code's stream and settings, spoken by `fake_tool.py`."""

    behaviour: str
    argument: str = ""
    name: str = "fake-cli"
    api: str = "anthropic_messages"
    program: str = "fake"
    package: str = "fake"
    key: str = "ANTHROPIC_API_KEY"
    structured: bool = True
    silence_s: float | None = None

    def locate(self, found):
        return found

    def mounts(self, binary):
        return (Mount(source=binary, target=f"{ROOT}/tool.py"),)

    def refusal(self, allowed):
        return ClaudeCode().refusal(allowed)

    def launch(self, order):
        tool = ("python3", "-I", f"{ROOT}/tool.py", self.behaviour, self.argument)
        return Launch(argv=tool, env=ClaudeCode().launch(order).env)

    def version_argv(self, binary):
        return (sys.executable, "--version")

    def reader(self, inside):
        return ClaudeCode().reader(inside)

    def set_up_wrongly(self, reading, run):
        return ClaudeCode().set_up_wrongly(reading, run)


@pytest.fixture
def fake(upstream, gate_to):
    """A station around the fake tool; its upstream runs until the test ends."""
    with ExitStack() as stack:

        def make(behaviour, argument="", *, script=None, **more):
            script = script or upstream.Script(("text", "hello there"))
            served = stack.enter_context(upstream.Upstream(script))
            vendor = FakeVendor(behaviour=behaviour, argument=argument)
            return VendorStation(
                vendor=vendor,
                binary=Path(__file__).with_name("fake_tool.py"),
                cli="1.0",
                gate=gate_to(vendor.api, served.url),
                sandbox="bubblewrap",
                **more,
            )

        yield make
