"""What a vendor's tool says of its work, in one small language of ours. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from providers.types import Usage

ToolKind = Literal["read", "edit", "shell", "other"]
EndKind = Literal["finished", "turns", "budget", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The tool is up."""

    session: str
    model: str = ""
    """Empty where the stream does not tell."""
    tools: tuple[str, ...] = ()
    """What it offers its model, where the stream tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """The model called a tool. Calls without a result in between belong to one answer."""

    id: str
    name: str
    kind: ToolKind
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A call has its result."""

    id: str
    content: str
    is_error: bool = False
    ran: bool = True
    """False for a call that never began: refused, unknown, wrong arguments. A failing command ran."""
    files: tuple[str, ...] = ()
    """What it changed, where the stream tells."""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """A call was not allowed: the tool was set up wrongly, since everything it may not do is not offered to it."""

    id: str
    tool: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """The tool tells its user of trouble that it works on with."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words of the model, whole or a piece."""

    text: str
    piece: bool = False
    """More of the same text may follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """A call of the service failed and is made again."""

    why: str
    status: int | None = None
    attempt: int = 0
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The tool's own word on its end."""

    kind: EndKind
    text: str = ""
    """Its last answer, or what went wrong."""
    status: int | None = None
    """HTTP status of the failure, where it tells."""
    output: Mapping[str, Any] | None = None
    """The structured answer, where the tool has such."""
    usage: Usage | None = None
    cost_usd: Decimal | None = None
    """By the tool's own price list."""


Step = Started | Called | Answered | Denied | Warned | Said | Retried | Ended
