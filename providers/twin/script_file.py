"""Scripts as files, TOML, YAML or JSON: checked when read, with the place of every error. Schema: docs/twins.md."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from providers.twin.faults import Fault, FaultName
from providers.twin.front import Answer, Turn
from providers.twin.script import Conversation, Expect, Line, Script
from providers.types import ReasoningPart, StopReason, TextPart, ToolCallPart, Usage


class ScriptInvalid(ValueError):
    """A script file that is not one; says where."""

    exit_code = 2


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExpectModel(_Model):
    """Field by field the same as `script.Expect`."""

    model: str = ""
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    last_user: str = ""
    result: tuple[str, ...] = ()
    result_is_error: bool | None = None
    offers: tuple[str, ...] = ()
    withholds: tuple[str, ...] = ()
    tools: bool | None = None

    def value(self) -> Expect:
        return Expect(**self.model_dump())


class CallModel(_Model):
    tool: str
    arguments: Mapping[str, Any] | None = None
    """JSON arguments."""
    text: str | None = None
    """Free text, or JSON written by hand (which may be broken), when `freeform` is false."""
    freeform: bool = False
    id: str = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> "CallModel":
        if (self.arguments is None) == (self.text is None):
            raise ValueError("give either arguments or text")
        if self.freeform and self.text is None:
            raise ValueError("a freeform call has text")
        return self

    def value(self, made_up: str) -> ToolCallPart:
        text = self.text if self.text is not None else json.dumps(self.arguments, ensure_ascii=False)
        return ToolCallPart(id=self.id or made_up, name=self.tool, arguments=text, freeform=self.freeform)


class UsageModel(_Model):
    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    output: int = 0
    reasoning: int = 0


class FaultModel(_Model):
    name: FaultName
    first: int | None = Field(default=None, ge=1)
    seconds: float | None = Field(default=None, ge=0)
    retry_after: float | None = Field(default=None, ge=0)

    def value(self) -> Fault:
        return Fault(**self.model_dump())


class TurnModel(_Model):
    text: str = ""
    reasoning: str = ""
    redacted: bool = False
    """The reasoning goes out unreadable."""
    calls: tuple[CallModel, ...] = ()
    stop: StopReason | None = None
    usage: UsageModel | None = None
    piece: int = Field(default=8, ge=1)
    delay: float = Field(default=0.0, ge=0)
    pause: float = Field(default=0.0, ge=0)
    fault: FaultModel | FaultName | None = None
    expect: ExpectModel = ExpectModel()

    @model_validator(mode="after")
    def _says_something(self) -> "TurnModel":
        if not (self.text or self.reasoning or self.calls or self.fault or self.stop):
            raise ValueError("a turn has text, reasoning, calls, a stop or a fault")
        return self

    def value(self, place: str) -> Line:
        opaque = {"redacted": True} if self.redacted else None
        reasoning = (ReasoningPart(text=self.reasoning, opaque=opaque),) if self.reasoning or self.redacted else ()
        text = (TextPart(text=self.text),) if self.text else ()
        calls = tuple(call.value(f"call_{place}_{at}") for at, call in enumerate(self.calls))
        turn = Turn(
            parts=(*reasoning, *text, *calls),
            stop=self.stop,
            usage=Usage(**self.usage.model_dump()) if self.usage else None,
            piece=self.piece,
            delay=self.delay,
            pause=self.pause,
        )
        fault = Fault(name=self.fault) if isinstance(self.fault, str) else self.fault.value() if self.fault else None
        return Line(turn=turn, fault=fault, expect=self.expect.value())


class ConversationModel(_Model):
    name: str = ""
    match: ExpectModel = ExpectModel()
    repeat: bool = False
    optional: bool = False
    turns: tuple[TurnModel, ...] = Field(min_length=1)

    def value(self, number: int) -> Conversation:
        return Conversation(
            name=self.name or f"conversation {number}",
            match=self.match.value(),
            repeat=self.repeat,
            optional=self.optional,
            lines=tuple(turn.value(f"{number}_{at}") for at, turn in enumerate(self.turns, start=1)),
        )


class AnswerModel(_Model):
    path: str
    status: int = 200
    headers: Mapping[str, str] = Field(default_factory=dict)
    body: Mapping[str, Any] | str = ""


class ScriptModel(_Model):
    """A whole file: either `turns`, which play for every request, or `conversations`."""

    turns: tuple[TurnModel, ...] = ()
    conversations: tuple[ConversationModel, ...] = ()
    answers: tuple[AnswerModel, ...] = ()
    """For calls beside the model, by path."""

    @model_validator(mode="after")
    def _one_kind(self) -> "ScriptModel":
        if bool(self.turns) == bool(self.conversations):
            raise ValueError("give either turns or conversations")
        return self

    def value(self) -> Script:
        plain = (ConversationModel(name="the script", turns=self.turns),) if self.turns else ()
        told = [one.value(number) for number, one in enumerate((*plain, *self.conversations), start=1)]
        answers = {one.path: Answer(status=one.status, headers=one.headers, body=one.body) for one in self.answers}
        return Script(told, answers)


def load(path: Path) -> Script:
    """The script in a file; its ending tells TOML, YAML or JSON. Raises ScriptInvalid, OSError."""
    try:
        return ScriptModel.model_validate(_parsed(path)).value()
    except ValidationError as error:
        faults = [f"{_place(fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        raise ScriptInvalid("\n  ".join([f"{path}: {len(faults)} errors", *faults])) from error
    except (ValueError, yaml.YAMLError) as error:
        raise ScriptInvalid(f"{path}: {error}") from error


def _parsed(path: Path) -> object:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return tomllib.loads(text)
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def _place(steps: tuple[int | str, ...]) -> str:
    """`conversations[0].turns[2].text`."""
    words = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return words.removeprefix(".") or "the file"
