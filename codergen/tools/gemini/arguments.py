"""Base of the arguments of this family's tools."""

from pydantic import ConfigDict

from codergen.tools.base import Arguments


class Loose(Arguments):
    """Unknown names are ignored, as the vendor's schemas allow them; types are held to."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
