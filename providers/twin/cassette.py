"""Recorded exchanges: a JSON file without secrets, and the brain that plays it back by what was asked."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from providers.twin import secrets
from providers.twin.brain import Reaction, Unexpected
from providers.twin.front import Answer, Asked, Call
from providers.twin.script_file import ScriptInvalid
from providers.twin.wire import canonical

FORMAT = "codergen.cassette/1"


class Recorded(BaseModel):
    """One exchange. A stream is one text, event after event."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str
    path: str
    query: Mapping[str, str] = {}
    body: Any = None
    status: int
    headers: Mapping[str, str] = {}
    answer: str
    """The body of the answer, as text."""


class Tape(BaseModel):
    """A whole file."""

    model_config = ConfigDict(extra="forbid")

    format: str = FORMAT
    provider: str
    recorded: str = ""
    """ISO date."""
    exchanges: list[Recorded] = []


def load(path: Path) -> Tape:
    """Raises ScriptInvalid, OSError."""
    try:
        tape = Tape.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise ScriptInvalid(f"{path} is no cassette: {error.errors()[0]['loc']} {error.errors()[0]['msg']}") from error
    if tape.format != FORMAT:
        raise ScriptInvalid(f"{path} is a {tape.format}, this program reads {FORMAT}")
    return tape


def digest(method: str, path: str, query: Mapping[str, str], body: object) -> str:
    """The same for requests that ask the same: fields that name an account or a session, cache marks and the order of
    keys do not count."""
    if isinstance(body, dict):
        fields = cast("Mapping[str, Any]", body)
        body = {name: value for name, value in fields.items() if name not in secrets.FIELDS}
    asked = [method, path, secrets.query(query), _unmarked(body)]
    return hashlib.sha256(canonical(asked).encode()).hexdigest()


def _unmarked(value: object) -> object:
    """Without cache marks, at any depth."""
    if isinstance(value, dict):
        fields = cast("Mapping[str, Any]", value)
        return {name: _unmarked(inner) for name, inner in fields.items() if name != "cache_control"}
    return [_unmarked(inner) for inner in cast("list[Any]", value)] if isinstance(value, list) else value


@dataclass(slots=True)
class Cassette:
    """Answers a request with what was recorded for an equal one; equal ones are answered in the order of recording."""

    tape: Tape
    _left: dict[str, list[Recorded]] = field(default_factory=dict[str, list[Recorded]])
    _wrong: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        for one in self.tape.exchanges:
            self._left.setdefault(digest(one.method, one.path, one.query, one.body), []).append(one)

    async def answer(self, asked: Asked) -> Reaction:
        found = self.side(asked.call)
        if found is None:
            why = f"request {asked.call.number} ({asked.request.model}) was never recorded, or not so often"
            self._wrong.append(why)
            raise Unexpected(why)
        return Reaction(turn=found)

    def side(self, call: Call) -> Answer | None:
        body = secrets.blot(call.body, secrets.keys(call.headers, call.query))
        queue = self._left.get(digest(call.method, call.path, call.query, body))
        if not queue:
            return None
        one = queue.pop(0)
        return Answer(status=one.status, headers=one.headers, body=one.answer)

    def problems(self) -> Sequence[str]:
        left = [f"{one.method} {one.path}" for queue in self._left.values() for one in queue]
        due = [f"{len(left)} recorded exchanges were never asked for: {', '.join(left[:5])}"] if left else []
        return [*self._wrong, *due]


def written(tape: Tape) -> str:
    """The text of a cassette file: one field a line, so that a person can read and compare it."""
    return json.dumps(tape.model_dump(), indent=1, ensure_ascii=False) + "\n"
