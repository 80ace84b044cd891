"""Who serves models, as data (November 2026), and how the environment says to reach them. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from providers.errors import BadSetting
from providers.registry import Endpoint

CONNECT_TIMEOUT = "CODERGEN_CONNECT_TIMEOUT"
"""Seconds."""
STREAM_TIMEOUT = "CODERGEN_STREAM_TIMEOUT"
"""Seconds without a byte."""
CA_FILE = ("CODERGEN_CA_FILE", "SSL_CERT_FILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One service and the names under which its settings are kept."""

    name: str
    api: str
    """In `providers.registry`."""
    keys: tuple[str, ...]
    """Variables that may hold the key, the first that is set counts."""
    urls: tuple[str, ...]
    headers: str = ""
    """Variable with extra headers, one `Name: value` a line."""
    address: str = ""
    """Where it is when no variable says otherwise; for people and for calls without an SDK."""
    path: str = ""
    """What our base URLs end in for this API, so that `http://host:port` alone will do."""
    model: str = ""
    """What its own tool works with when nobody says otherwise."""
    probe: str = ""
    """A cheap model for `codergen provider test`."""


VENDORS: Mapping[str, Vendor] = MappingProxyType(
    {
        vendor.name: vendor
        for vendor in (
            Vendor(
                name="anthropic",
                api="anthropic_messages",
                keys=("ANTHROPIC_API_KEY",),
                urls=("CODERGEN_ANTHROPIC_URL", "ANTHROPIC_BASE_URL"),
                headers="ANTHROPIC_CUSTOM_HEADERS",
                address="https://api.anthropic.com",
                model="claude-opus-5-5",
                probe="claude-haiku-5-5",
            ),
            Vendor(
                name="openai",
                api="openai_responses",
                keys=("OPENAI_API_KEY",),
                urls=("CODERGEN_OPENAI_URL", "OPENAI_BASE_URL"),
                headers="CODERGEN_OPENAI_HEADERS",
                address="https://api.openai.com/v1",
                path="/v1",
                model="gpt-6.1-sol",
                probe="gpt-6-luna",
            ),
            Vendor(
                name="gemini",
                api="gemini_generate",
                keys=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
                urls=("CODERGEN_GEMINI_URL", "GOOGLE_GEMINI_BASE_URL"),
                headers="CODERGEN_GEMINI_HEADERS",
                address="https://generativelanguage.googleapis.com",
                model="gemini-3.1-pro-preview",
                probe="gemini-3.5-flash-lite",
            ),
        )
    }
)

ROUTES: Mapping[str, str] = MappingProxyType(
    {
        "anthropic": "ANTHROPIC_API_KEY",
        "azure": "AZURE_API_KEY",
        "deepseek": "DEEPSEEK_API_KEY",
        "gemini": "GEMINI_API_KEY",
        "groq": "GROQ_API_KEY",
        "mistral": "MISTRAL_API_KEY",
        "openai": "OPENAI_API_KEY",
        "openrouter": "OPENROUTER_API_KEY",
    }
)
"""Routes behind litellm and where their keys are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How a vendor is reached from here."""

    vendor: Vendor
    endpoint: Endpoint
    key_from: str = ""
    """Name of the variable the key was in; empty: there is none."""
    url_from: str = ""
    """Name of the variable that moved the address; empty: the vendor's own."""

    @property
    def address(self) -> str:
        return self.endpoint.base_url or self.vendor.address


def reach(vendor: Vendor, environ: Mapping[str, str]) -> Reach:
    """Address, key, headers, timeouts, proxy and certificates for one vendor.

    Raises BadSetting for a setting that cannot be read, by its name.
    """
    key_from = _first(environ, vendor.keys)
    url_from = _first(environ, vendor.urls)
    url = _base_url(vendor, url_from, environ.get(url_from, ""))
    endpoint = Endpoint(
        base_url=url,
        api_key=secret(key_from, environ.get(key_from, "")),
        headers=headers(vendor.headers, environ.get(vendor.headers, "")),
        **connection(environ, url or vendor.address),
    )
    return Reach(vendor=vendor, endpoint=endpoint, key_from=key_from, url_from=url_from)


def connection(environ: Mapping[str, str], url: str) -> dict[str, Any]:
    """The fields of an Endpoint that do not depend on who serves."""
    defaults = Endpoint()
    return {
        "timeout": _seconds(environ, STREAM_TIMEOUT, defaults.timeout),
        "connect_timeout": _seconds(environ, CONNECT_TIMEOUT, defaults.connect_timeout),
        "proxy": proxy(environ, url),
        "ca_file": environ.get(_first(environ, CA_FILE), ""),
    }


def headers(name: str, text: str) -> Mapping[str, str]:
    """`Name: value` lines. Raises BadSetting naming the variable for a line that is none; shows no values."""
    found: dict[str, str] = {}
    for number, line in enumerate(filter(str.strip, text.splitlines()), start=1):
        header, colon, value = line.partition(":")
        if not colon or not header.strip() or any(c.isspace() for c in header.strip()):
            raise BadSetting(f"{name}: line {number} is not `Name: value`")
        found[header.strip()] = secret(name, value)
    return found


def secret(name: str, value: str) -> str:
    """What a header of this value holds. Raises BadSetting naming the variable for a value that no header can hold: the
    HTTP client would show it in its own error. Space around it, such as the end of a file's line, is not meant.
    """
    value = value.strip()
    if value and not (value.isascii() and value.isprintable()):
        raise BadSetting(f"{name} has a character that no header can hold (a line break, or one outside of ASCII)")
    return value


def proxy(environ: Mapping[str, str], url: str) -> str:
    """The HTTP proxy that the environment names for this address; none for loopback and for NO_PROXY.

    Without an address it is the one for https, as all services are reached.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    lower = {name.lower(): value for name, value in environ.items() if name.lower().endswith("_proxy")}
    exempt = [entry.strip().lstrip(".").lower() for entry in lower.get("no_proxy", "").split(",") if entry.strip()]
    if host in {"localhost", "::1"} or host.startswith("127.") or "*" in exempt:
        return ""
    if any(host == entry or host.endswith(f".{entry}") for entry in exempt):
        return ""
    return lower.get(f"{parts.scheme or 'https'}_proxy") or lower.get("all_proxy", "")


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((name for name in names if environ.get(name, "").strip()), "")


def _base_url(vendor: Vendor, name: str, url: str) -> str:
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not match, a port that is no number
        raise BadSetting(f"{name} is not an http(s) address") from None
    if not usable:
        raise BadSetting(f"{name} is not an http(s) address")
    if parts.username is not None:
        raise BadSetting(
            f"{name} holds a user name or password, which would be shown; use the provider's key or headers"
        )
    return url.rstrip("/") + (vendor.path if not parts.path.strip("/") else "")


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise BadSetting(f"{name}={text!r} is not a number of seconds above 0")
    return value
