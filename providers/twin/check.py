"""Words with which fronts check a request. Each raises `Rejected` with the rule that is broken and its source."""

from typing import Any, cast

from providers.twin.front import Failure, FailureName, Rejected, Wire


def need(holds: object, message: str, rule: str, *, name: FailureName = "bad_request") -> None:
    """Reject the request unless `holds`."""
    if not holds:
        raise Rejected(Failure(name=name, message=message, rule=f"{message} ({rule})"))


def as_object(value: object, place: str, rule: str) -> Wire:
    need(isinstance(value, dict), f"{place} must be an object", rule)
    return cast("Wire", value)


def as_list(value: object, place: str, rule: str) -> list[Any]:
    need(isinstance(value, list), f"{place} must be an array", rule)
    return cast("list[Any]", value)


def as_text(value: object, place: str, rule: str) -> str:
    need(isinstance(value, str) and bool(value), f"{place} must be a string that is not empty", rule)
    return cast("str", value)
