"""The HTTP client that vendors' SDKs are given: patience, proxy and certificates of an Endpoint, and nothing else."""

import ssl

import httpx2

from providers.errors import BadSetting
from providers.registry import Endpoint

KEPT_OPEN = 100
"""Idle connections kept for the next call. Open ones are not bounded: a stream in a queue would look like a hang."""


def patience(endpoint: Endpoint) -> httpx2.Timeout:
    """Seconds without a byte, and the shorter time that a connection may take."""
    return httpx2.Timeout(endpoint.timeout, connect=endpoint.connect_timeout)


def http(endpoint: Endpoint) -> httpx2.AsyncClient:
    """A client with a pool of its own. Raises BadSetting for a proxy or certificates that can't be used."""
    try:
        return httpx2.AsyncClient(
            timeout=patience(endpoint),
            trust_env=False,
            proxy=endpoint.proxy or None,
            verify=_trusted(endpoint.ca_file),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=KEPT_OPEN),
        )
    except (ValueError, httpx2.InvalidURL) as error:
        raise BadSetting(f"the proxy {endpoint.proxy!r} is no address: {error}") from error


def _trusted(ca_file: str) -> ssl.SSLContext | bool:
    if not ca_file:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise BadSetting(f"certificates in {ca_file}: {error}") from error
