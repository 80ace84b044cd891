"""Checks of a request's shape, each with where its rule is from. Raise Rejected in the words of OpenAI's service."""

from typing import Any, cast

from providers.twin.check import need
from providers.twin.front import Wire


def mapping(value: object, place: str, rule: str) -> Wire:
    _present(value, place, rule)
    need(isinstance(value, dict), f"Invalid type for '{place}': expected an object.", rule)
    return cast("Wire", value)


def array(value: object, place: str, rule: str) -> list[Any]:
    _present(value, place, rule)
    need(isinstance(value, list), f"Invalid type for '{place}': expected an array.", rule)
    return cast("list[Any]", value)


def text(value: object, place: str, rule: str, *, empty: bool = False) -> str:
    _present(value, place, rule)
    need(isinstance(value, str), f"Invalid type for '{place}': expected a string.", rule)
    need(empty or bool(value), f"Invalid '{place}': empty string.", rule)
    return cast("str", value)


def one_of(value: object, known: frozenset[str], place: str, rule: str) -> str:
    named = ", ".join(f"'{word}'" for word in sorted(known))
    need(value in known, f"Invalid value: {value!r} in '{place}'. Supported values are: {named}.", rule)
    return str(value)


def _present(value: object, place: str, rule: str) -> None:
    need(value is not None, f"Missing required parameter: '{place}'.", rule)
