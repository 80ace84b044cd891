"""Base of the arguments of this family's tools."""

from typing import Annotated, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field

from codergen.tools.base import Arguments


class Loose(Arguments):
    """Unknown names are ignored, as the vendor's tool does; types are held to."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


T = TypeVar("T")
Listed = Annotated[tuple[T, ...], Field(strict=False)]
"""An array; what is in it is held to its type all the same."""


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
"""The schemas say `number`, so `300.0` is one too."""
