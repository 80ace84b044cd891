"""What tools say, kept apart from what they do: one template a case, so that a vendor's wording can be learned. Pure.

`{name}` is a field. `«...»` marks prose: a sentence in words of our own, where the vendor has words of its own; the
marks are not shown. What stands outside of them is structure, and is the vendor's: numbers, tags, line ends, order.
`{{` is a brace that opens no field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

_TOKEN = re.compile(r"(?P<brace>\{\{)|\{(?P<field>[a-z_]+)\}|(?P<open>«)|(?P<close>»)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that a tool said: enough to say it again in other words."""

    case: str
    """`Tool.case`, e.g. `Read.missing`."""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a template: text as it is, or the name of a field."""

    text: str
    is_field: bool
    prose: bool
    """Between the marks."""


class Wording:
    """The templates of one profile."""

    def __init__(self, templates: Mapping[str, str], volatile: Mapping[str, str] | None = None) -> None:
        """`volatile`: field -> regular expression, for fields that differ each time (ids, times, process numbers)."""
        self.templates = dict(templates)
        self.volatile = dict(volatile or {})

    def text(self, said: Said) -> str:
        """Raises KeyError naming a case or a field that is not there."""
        return "".join(said.fields[p.text] if p.is_field else p.text for p in pieces(self.templates[said.case]))

    def pattern(self, said: Said) -> str:
        """What a text of the same structure matches in full: prose is free, and each run of it is a group."""
        return "".join(self._groups(said))

    def learn(self, said: Said, text: str) -> str | None:
        """The template that gives `text` where ours gives our words; None when the structure is another one."""
        found = re.fullmatch(self.pattern(said), text, re.DOTALL)
        if found is None:
            return None
        runs = iter(found.groups())
        out: list[str] = []
        for run in _runs(pieces(self.templates[said.case])):
            if run[0].prose:
                out.append(_holes(next(runs), {p.text: said.fields[p.text] for p in run if p.is_field}))
            else:
                out += [f"{{{p.text}}}" if p.is_field else p.text.replace("{", "{{") for p in run]
        return "".join(out)

    def gives(self, said: Said, text: str) -> bool:
        """Whether these words say `text`, up to what differs each time."""
        parts = pieces(self.templates[said.case])
        return re.fullmatch("".join(self._exact(p, said) for p in parts), text, re.DOTALL) is not None

    def _groups(self, said: Said) -> list[str]:
        out: list[str] = []
        for run in _runs(pieces(self.templates[said.case])):
            if run[0].prose:
                out.append("(.+?)")
            else:
                out += [self._exact(p, said) for p in run]
        return out

    def _exact(self, piece: Piece, said: Said) -> str:
        if not piece.is_field:
            return re.escape(piece.text)
        free = self.volatile.get(piece.text)
        return f"(?:{free})" if free is not None else re.escape(said.fields[piece.text])


@cache
def pieces(template: str) -> tuple[Piece, ...]:
    """A template taken apart; the marks of prose are gone. Braces that hold no field's name are text."""
    out: list[Piece] = []
    prose, at = False, 0
    for token in _TOKEN.finditer(template):
        if token.start() > at:
            out.append(Piece(text=template[at : token.start()], is_field=False, prose=prose))
        if token["brace"]:
            out.append(Piece(text="{", is_field=False, prose=prose))
        elif token["field"]:
            out.append(Piece(text=token["field"], is_field=True, prose=prose))
        else:
            prose = token["open"] is not None
        at = token.end()
    if at < len(template):
        out.append(Piece(text=template[at:], is_field=False, prose=prose))
    return tuple(out)


def _runs(parts: tuple[Piece, ...]) -> list[list[Piece]]:
    """Neighbours that are all prose, or all not."""
    out: list[list[Piece]] = []
    for piece in parts:
        if out and out[-1][0].prose == piece.prose:
            out[-1].append(piece)
        else:
            out.append([piece])
    return out


def _holes(text: str, fields: Mapping[str, str]) -> str:
    """`text` with the values of fields cut out, longest first, so that one inside another stays whole."""
    text = text.replace("{", "{{")
    for name, value in sorted(fields.items(), key=lambda item: -len(item[1])):
        if value:
            text = text.replace(value, f"{{{name}}}")
    return text


def said(case: str, **fields: object) -> Said:
    """A case with its fields as text."""
    return Said(case=case, fields={name: str(value) for name, value in fields.items()})
