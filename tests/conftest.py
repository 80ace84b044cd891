"""Network other than loopback is closed for every test of this process."""

import ipaddress
import sys

import pytest


class NetworkClosed(AssertionError):
    """A test tried to leave this machine."""


def _guard(event, args):
    if event == "socket.connect":
        address = args[1]
        if isinstance(address, tuple) and not _loopback(address[0]):
            raise NetworkClosed(f"tests may only reach loopback, not {address[0]}")


def _loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", ""}


sys.addaudithook(_guard)


@pytest.fixture
def home(tmp_path):
    """A folder for CODERGEN_HOME."""
    return tmp_path / "home"
