"""Allowances out of answer headers, and how long a 429 should be waited for. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from router.credentials.values import QuotaWindow

WAIT_S = 5.0
"""For a 429 that names no time: codex gives up at once without one."""
LONGEST_WAIT_S = 60.0

_ANTHROPIC = re.compile(r"anthropic-ratelimit-(?P<name>.+)-(?P<field>limit|remaining|reset|utilization)")
_OPENAI = re.compile(r"x-ratelimit-(?P<field>limit|remaining|reset)-(?P<name>.+)")
_CODEX = re.compile(r"x-codex-(?P<name>primary|secondary)-(?P<field>used-percent|reset-after-seconds|reset-at)")
_SPAN = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_RETRY_DELAY = re.compile(r'"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"')


def windows(headers: Mapping[str, str], *, now: datetime) -> tuple[QuotaWindow, ...]:
    """Every allowance that the headers speak of, sorted by name."""
    found: dict[str, dict[str, str]] = {}
    for name, value in headers.items():
        match = _ANTHROPIC.fullmatch(name) or _OPENAI.fullmatch(name) or _CODEX.fullmatch(name)
        if match is not None:
            found.setdefault(match["name"].removeprefix("unified-"), {})[match["field"]] = value
    return tuple(_window(name, fields, now) for name, fields in sorted(found.items()))


def wait(headers: Mapping[str, str], body: str, *, now: datetime) -> float:
    """Seconds for a `retry-after` where the vendor sent none: Gemini's own hint in the body, the earliest reset, else a
    guess."""
    if hint := _RETRY_DELAY.search(body):
        return min(LONGEST_WAIT_S, float(hint[1]))
    empty = (window for window in windows(headers, now=now) if window.remaining == 0 and window.resets is not None)
    spans = [(window.resets - now).total_seconds() for window in empty if window.resets is not None]
    return min(LONGEST_WAIT_S, max(1.0, *spans)) if spans else WAIT_S


def _window(name: str, fields: Mapping[str, str], now: datetime) -> QuotaWindow:
    used = _number(fields.get("utilization"))
    percent = _number(fields.get("used-percent"))
    reset = fields.get("reset") or fields.get("reset-at") or fields.get("reset-after-seconds", "")
    after = "reset-after-seconds" in fields and "reset-at" not in fields
    return QuotaWindow(
        name=name,
        limit=_number(fields.get("limit")),
        remaining=_number(fields.get("remaining")),
        used=used if percent is None else percent / 100,
        resets=_moment(f"{reset}s" if after else reset, now),
        seen=now,
    )


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _moment(text: str, now: datetime) -> datetime | None:
    """A date, seconds since 1970, or a span such as `6m0s`."""
    spans = list(_SPAN.finditer(text))
    if spans and "".join(span[0] for span in spans) == text:
        return now + timedelta(seconds=sum(float(span["number"]) * _UNITS[span["unit"]] for span in spans))
    try:
        if (seconds := _number(text)) is not None:
            return datetime.fromtimestamp(seconds, UTC)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return at.replace(tzinfo=at.tzinfo or UTC)
