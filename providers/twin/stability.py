"""Whether each request of a conversation extends the one before: what providers' prompt caches live from.

Requests are equal after cache marks are removed, a string is written as its one-block form (fronts do both), and tools
that were loaded on demand are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from providers.twin.front import Asked, Block

_HEAD = ("tools", "system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first block at which a request does not extend the one before."""

    place: str
    before: str
    after: str
    """Empty when the later request ends here."""

    def __str__(self) -> str:
        same = next((at for at, (a, b) in enumerate(zip(self.before, self.after, strict=False)) if a != b), 0)
        start = max(0, same - 20)
        return f"{self.place}: was …{self.before[start : same + 60]}… is …{self.after[start : same + 60] or '(gone)'}…"


def first_difference(before: Sequence[Block], after: Sequence[Block]) -> Difference | None:
    """None when `after` begins with all of `before`."""
    old = [block for block in before if not block.on_demand]
    new = [block for block in after if not block.on_demand]
    for at, block in enumerate(old):
        if at >= len(new):
            return Difference(place=block.place, before=block.text, after="")
        if block.text != new[at].text:
            return Difference(place=new[at].place, before=block.text, after=new[at].text)
    return None


@dataclass(slots=True)
class _Conversation:
    name: str
    model: str
    opening: tuple[str, ...]
    """Texts of the messages of its first request."""
    head: tuple[str, ...]
    last: tuple[Block, ...]


@dataclass(slots=True)
class Conversations:
    """Which requests belong together, and whether they extend each other.

    A request belongs to a conversation when it begins with all messages of that conversation's first request, or when
    the client calls both by the same name and tools and system are equal. So a changed opening is only noticed where
    clients name their conversations; side calls and sub-agents, which have other tools, are conversations of their own.
    """

    _known: list[_Conversation] = field(default_factory=list[_Conversation])

    def check(self, asked: Asked) -> Difference | None:
        """The first difference to the request before in the same conversation; None also for a first request."""
        head = tuple(block.text for block in asked.blocks if _is_head(block) and not block.on_demand)
        messages = tuple(block.text for block in asked.blocks if not _is_head(block))
        model, name = asked.request.model, asked.conversation
        for known in reversed(self._known):
            opened = messages[: len(known.opening)] == known.opening and known.name == name
            named = bool(name) and known.name == name and known.head == head
            if known.model == model and (opened or named):
                difference = first_difference(known.last, asked.blocks)
                known.last = asked.blocks
                return difference
        self._known.append(_Conversation(name=name, model=model, opening=messages, head=head, last=asked.blocks))
        return None


def _is_head(block: Block) -> bool:
    return block.place.startswith(_HEAD)
