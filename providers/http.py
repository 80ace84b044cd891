"""An HTTP client for one endpoint: what the endpoint says, nothing of the environment."""

import ssl

import httpx2

from providers.errors import BadRequest
from providers.registry import Endpoint


def http_client(endpoint: Endpoint) -> httpx2.AsyncClient:
    """A pool of its own. Raises BadRequest for certificates or a proxy that cannot be used."""
    try:
        return httpx2.AsyncClient(
            timeout=httpx2.Timeout(endpoint.timeout, connect=endpoint.connect_timeout),
            proxy=endpoint.proxy or None,
            verify=_trusted(endpoint.ca_file),
            trust_env=False,
        )
    except (ValueError, httpx2.InvalidURL) as error:
        raise BadRequest(f"the proxy {endpoint.proxy!r} is no address: {error}", code="bad_setting") from error


def _trusted(ca_file: str) -> ssl.SSLContext | bool:
    if not ca_file:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise BadRequest(f"certificates in {ca_file}: {error}", code="bad_setting") from error
