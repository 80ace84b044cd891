import pytest

from providers.errors import BadRequest
from providers.local.address import is_loopback
from providers.registry import Endpoint, connect


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1/v1", True),
        ("http://127.9.9.9/v1", True),
        ("http://[::1]:8080/v1", True),
        ("http://localhost:8080/v1", True),
        ("http://0.0.0.0:1/v1", False),
        ("http://10.0.0.1/v1", False),
        ("http://127.0.0.1.example.org/v1", False),
        ("http://localhost@example.org/v1", False),
        ("127.0.0.1:8080", False),
        ("", False),
    ],
)
def test_is_loopback(url, expected):
    assert is_loopback(url) is expected


async def test_local_refuses_to_leave_the_machine():
    with pytest.raises(BadRequest, match="loopback"):
        await connect("local", Endpoint(base_url="http://example.org/v1"))
