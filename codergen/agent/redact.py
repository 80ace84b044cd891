"""Secrets out of text before it enters a conversation: known values, and tokens that show by their shape what they are.
Pure.

A marker stands for the secret from then on, in the journal as in what the model sees. It names the kind, never a part
of the secret, and is the same each time, so that requests keep their prefix.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from string import ascii_letters, digits
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

V = TypeVar("V")

SHORTEST = 8
"""Characters; a shorter value would blot out ordinary words."""
LONGEST = 16_384
"""Characters that are held back for a secret that has begun and may end in a later piece."""
_FRAGMENT = 16
"""A value that was cut by an output limit still counts with this many characters of its beginning or end."""

_KEY_LIKE = re.compile(
    r"(^|_)(API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PGPASSWORD"
    r"|CREDENTIALS?|PAT|AUTH)($|_(ID|V\d|VALUE|\d+)$)",
    re.IGNORECASE,
)
_OPAQUE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_\-+=.]{24,}")
_TOKEN = ascii_letters + digits + "_-+/=."
_PEM = "-----BEGIN "
_PEM_OPEN = re.compile(r"-----BEGIN [A-Z ]*(?:-{0,4}\Z|(?<=PRIVATE KEY)-----|(?<=KEY BLOCK)-----)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Tokens of one issuer."""

    kind: str
    begins: tuple[str, ...]
    """Texts of which one is at its beginning: without them in a text, the pattern is not tried."""
    pattern: re.Pattern[str]


def _shape(kind: str, begins: str, rest: str) -> Shape:
    texts = tuple(begins.split())
    start = "|".join(re.escape(text) for text in texts)
    return Shape(kind=kind, begins=texts, pattern=re.compile(rf"(?<![A-Za-z0-9_\-])(?:{start}){rest}"))


SHAPES = (
    _shape("anthropic_key", "sk-ant-", r"[a-z]+\d*-[A-Za-z0-9_\-]{20,}"),
    _shape("openai_key", "sk-proj- sk-svcacct- sk-admin-", r"[A-Za-z0-9_\-]{20,}"),
    _shape("openai_key", "sk-", r"[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"),
    _shape("openrouter_key", "sk-or-v1-", r"[0-9a-f]{64}"),
    _shape("google_key", "AIza", r"[A-Za-z0-9_\-]{35}(?![A-Za-z0-9_\-])"),
    _shape("github_token", "ghp_ gho_ ghu_ ghs_ ghr_", r"[A-Za-z0-9]{36,}"),
    _shape("github_token", "github_pat_", r"[A-Za-z0-9_]{60,}"),
    _shape("gitlab_token", "glpat-", r"[A-Za-z0-9_\-]{20,}"),
    _shape("slack_token", "xoxb- xoxp- xoxa- xoxr- xoxs-", r"[0-9]+-[A-Za-z0-9\-]{20,}"),
    _shape("aws_key_id", "AKIA ASIA", r"[A-Z2-7]{16}(?![A-Za-z0-9])"),
    _shape("stripe_key", "sk_live_ rk_live_", r"[A-Za-z0-9]{24,}"),
    _shape("huggingface_token", "hf_", r"[A-Za-z]{34}(?![A-Za-z0-9])"),
    _shape("npm_token", "npm_", r"[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    _shape("pypi_token", "pypi-AgEIcHlwaS5vcmc", r"[A-Za-z0-9_\-]{50,}"),
    _shape("sendgrid_key", "SG.", r"[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}"),
    _shape("groq_key", "gsk_", r"[A-Za-z0-9]{52}"),
    _shape("xai_key", "xai-", r"[A-Za-z0-9]{80}"),
    _shape("jwt", "eyJ", r"[A-Za-z0-9_\-]{14,}\.eyJ[A-Za-z0-9_\-]{14,}\.[A-Za-z0-9_\-]{20,}"),
    Shape(
        kind="private_key",
        begins=(_PEM,),
        pattern=re.compile(
            r"-----BEGIN (?P<what>[A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?)-----.{16,16000}?-----END (?P=what)-----",
            re.DOTALL,
        ),
    ),
)
"""Only shapes that nothing else has: a text that is blotted out by mistake misleads a model."""

MARKER = re.compile(r"\[redacted:[A-Za-z0-9_]{1,64}\]")
"""What stands for a secret. A model that writes it into a file would put it where the secret was: see `marked`."""


def marker(kind: str) -> str:
    return f"[redacted:{re.sub(r'[^A-Za-z0-9_]', '_', kind)[:64]}]"


def marked(text: str) -> bool:
    """Whether a text holds a marker: an edit with it would not do what its author means."""
    return MARKER.search(text) is not None


@dataclass(frozen=True)
class Redactor:
    """Takes secrets out of texts. Equal redactors give equal bytes."""

    known: tuple[tuple[str, str], ...] = ()
    """(value, kind), longest first, as `known_secrets` gives them."""
    shapes: bool = True

    def text(self, text: str) -> str:
        """A text that came from outside: a person, a file, a program."""
        return self.said(self._shaped(self.said(text)))

    def said(self, text: str) -> str:
        """A model's own words. It was never shown a secret, so what only looks like one is its own invention and stays;
        a known value it found in another way goes."""
        for value, kind in self.known:
            if value in text:
                text = text.replace(value, marker(kind))
            if len(value) > _FRAGMENT and _OPAQUE.fullmatch(value):
                text = _without_fragments(text, value, marker(kind))
        return text

    def value(self, value: Any, take: Callable[[str], str] | None = None) -> Any:  # noqa: ANN401  # any JSON value
        """A JSON value with every text in it taken through `text`, or through `take`. Names of fields stay."""
        if self == NOTHING:
            return value
        change = take or self.text
        match value:
            case str():
                return change(value)
            case Mapping():
                return {key: self.value(inner, take) for key, inner in cast("Mapping[str, Any]", value).items()}
            case list() | tuple():
                return [self.value(inner, take) for inner in cast("Sequence[Any]", value)]
            case _:
                return value

    def fields(self, value: V) -> V:
        """A frozen dataclass with every text in it taken through `text`, however deep."""
        return cast("V", self._field(value))

    def _field(self, value: object) -> object:
        match value:
            case str():
                return self.text(value)
            case tuple():
                return tuple(self._field(inner) for inner in cast("tuple[object, ...]", value))
            case _ if is_dataclass(value) and not isinstance(value, type):
                return replace(
                    value, **{field.name: self._field(getattr(value, field.name)) for field in fields(value)}
                )
            case _:
                return value

    def open_end(self, text: str, *, shapes: bool = True) -> int:
        """Where the part of `text` begins that may be the beginning of a secret; its length when there is none."""
        at = len(text)
        for begin in (*(value for value, _ in self.known), *(self._begins if shapes and self.shapes else ())):
            at = min(at, _unfinished(text, begin))
        if shapes and self.shapes:
            at = min(at, self._begun(text))
        at = min([at, *(start for start, end in self._whole(text, shapes=shapes) if start < at < end)])
        return at if len(text) - at <= LONGEST else len(text)

    def _whole(self, text: str, *, shapes: bool) -> Iterator[tuple[int, int]]:
        """Where secrets stand that have their end."""
        for value, _ in self.known:
            found = text.find(value)
            while found >= 0:
                yield found, found + len(value)
                found = text.find(value, found + 1)
        for shape in SHAPES if shapes and self.shapes else ():
            if any(begin in text for begin in shape.begins):
                yield from (match.span() for match in shape.pattern.finditer(text))

    def step(self, held: str, new: str, *, shapes: bool = True) -> tuple[str, str]:
        """Of text that comes in pieces: what can be shown now, and what is held back for the next piece."""
        text = held + new
        at = self.open_end(text, shapes=shapes)
        return (self.text if shapes else self.said)(text[:at]), text[at:]

    @cached_property
    def _begins(self) -> tuple[str, ...]:
        return tuple(begin for shape in SHAPES for begin in shape.begins)

    def _shaped(self, text: str) -> str:
        if not self.shapes:
            return text
        for shape in SHAPES:
            if any(begin in text for begin in shape.begins):
                text = shape.pattern.sub(marker(shape.kind), text)
        return text

    def _begun(self, text: str) -> int:
        """Of a token whose first characters are there and that the text's end cuts, perhaps."""
        at = len(text)
        found = text.rfind(_PEM)
        if found >= 0 and _PEM_OPEN.match(text, found) and not SHAPES[-1].pattern.match(text, found):
            at = found
        start = len(text.rstrip(_TOKEN))
        inside = [start + found for begin in self._begins if (found := text[start:].find(begin)) >= 0]
        return min(at, *inside) if inside else at


def _unfinished(text: str, whole: str) -> int:
    """Where a proper beginning of `whole` stands at the end of `text`."""
    for size in range(min(len(whole) - 1, len(text)), 0, -1):
        if text.endswith(whole[:size]):
            return len(text) - size
    return len(text)


def _without_fragments(text: str, value: str, mark: str) -> str:
    """Beginnings and ends of a long random value, as they are left where an output limit cut through it."""
    head, tail = value[:_FRAGMENT], value[-_FRAGMENT:]
    at = text.find(head)
    while at >= 0:
        end = at + _FRAGMENT
        while end < len(text) and end - at < len(value) and text[end] == value[end - at]:
            end += 1
        text = text[:at] + mark + text[end:]
        at = text.find(head, at + len(mark))
    at = text.find(tail)
    while at >= 0:
        start, end = at, at + _FRAGMENT
        while start > 0 and end - start < len(value) and text[start - 1] == value[-(end - start) - 1]:
            start -= 1
        text = text[:start] + mark + text[end:]
        at = text.find(tail, start + len(mark))
    return text


NOTHING = Redactor(shapes=False)


def known_secrets(environ: Mapping[str, str], values: Mapping[str, str] | None = None) -> tuple[tuple[str, str], ...]:
    """Values of variables with names like keys' and passwords in addresses, and `values` (name -> secret) that the
    caller knows. A path is none: what it points to is."""
    found: dict[str, str] = {}
    for name, value in environ.items():
        if _KEY_LIKE.search(name) and not value.startswith(("/", "~", "./")):
            found.setdefault(value.strip(), name)
        elif password := _password(value):
            found.setdefault(password, name)
    for name, value in (values or {}).items():
        found[value.strip()] = name
    kept = [(value, name) for value, name in found.items() if len(value) >= SHORTEST and not _plain(value)]
    return tuple(sorted(kept, key=lambda pair: (-len(pair[0]), pair)))


def _password(value: str) -> str:
    if "://" not in value or "@" not in value:
        return ""
    try:
        return urlsplit(value).password or ""
    except ValueError:
        return ""


def _plain(value: str) -> bool:
    """A number, a short word or a run of one character: no secret worth the damage of hiding it everywhere."""
    return value.isdigit() or len(set(value)) < 4 or (len(value) < 12 and value.isalpha() and value.islower())
