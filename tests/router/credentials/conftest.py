"""A vendor on loopback."""

from collections.abc import AsyncGenerator

import pytest

from router.credentials.testing import Vendor, vendor_on_loopback


@pytest.fixture
async def vendor() -> AsyncGenerator[Vendor]:
    async with vendor_on_loopback() as seen:
        yield seen
