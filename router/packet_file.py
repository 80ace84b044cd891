"""Packets from files: TOML, YAML or JSON in, one readable error out."""

import difflib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from router.errors import PacketError
from router.line.scenario import read_scenario
from router.packet import TaskPacket

_FORMATS = ".toml, .yaml, .yml or .json"


def load_packet(path: Path) -> TaskPacket:
    """The packet in a file; relative paths in it are relative to that file. Raises PacketError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PacketError(source=str(path), field="file", value=str(error), allowed="a readable UTF-8 file") from error
    return parse_packet(_decode(path, text), source=str(path), folder=path.absolute().parent)


def parse_packet(data: Mapping[str, Any], *, source: str, folder: Path) -> TaskPacket:
    """A packet from decoded data. Raises PacketError for the first fault, in the order of the fields."""
    try:
        packet = TaskPacket.model_validate(data)
    except ValidationError as error:
        raise _packet_error(error.errors(include_url=False)[0], source) from error
    return _checked(_anchored(packet, folder), source)


def _decode(path: Path, text: str) -> Mapping[str, Any]:
    try:
        match path.suffix.lower():
            case ".toml":
                data: object = tomllib.loads(text)
            case ".yaml" | ".yml":
                data = yaml.safe_load(text)
            case ".json":
                data = json.loads(text)
            case other:
                raise PacketError(
                    source=str(path), field="file", value=f"suffix {other!r}", allowed=f"a packet ends in {_FORMATS}"
                )
    except (tomllib.TOMLDecodeError, yaml.YAMLError, json.JSONDecodeError) as error:
        text = " ".join(str(error).split())
        raise PacketError(source=str(path), field="file", value="unreadable", allowed=text) from error
    if not isinstance(data, dict):
        raise PacketError(
            source=str(path), field="file", value=type(data).__name__, allowed="a table of fields with `intent` in it"
        )
    return cast(dict[str, Any], data)


def _packet_error(fault: ErrorDetails, source: str) -> PacketError:
    where = ".".join(str(step) for step in fault["loc"])
    value = "(absent)" if fault["type"] == "missing" else _short(fault.get("input"))
    return PacketError(source=source, field=where or "packet", value=value, allowed=_allowed(fault))


def _allowed(fault: ErrorDetails) -> str:
    if fault["type"] == "extra_forbidden":
        parent = _model_at(fault["loc"][:-1])
        names = (
            sorted(field.serialization_alias or name for name, field in parent.model_fields.items()) if parent else []
        )
        close = difflib.get_close_matches(str(fault["loc"][-1]), names, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        return f"no such field; {hint}allowed: {', '.join(names)}"
    if fault["type"] == "missing":
        return "this field must be given"
    message = fault["msg"]
    return f"allowed: {message[:1].lower()}{message[1:]}"


def _model_at(loc: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model that a path of field names leads to."""
    model: type[BaseModel] = TaskPacket
    for step in loc:
        if isinstance(step, int):
            continue
        field = next((f for name, f in model.model_fields.items() if step in {name, f.serialization_alias}), None)
        if field is None:
            return None
        inner = [t for t in (field.annotation, *get_args(field.annotation)) if isinstance(t, type)]
        models = [t for t in inner if issubclass(t, BaseModel)]
        if not models:
            return None
        model = models[0]
    return model


def _short(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _anchored(packet: TaskPacket, folder: Path) -> TaskPacket:
    repository = packet.repository.model_copy(update={"path": (folder / packet.repository.path.expanduser()).resolve()})
    scenarios = tuple((folder / path.expanduser()).resolve() for path in packet.validation.scenarios)
    validation = packet.validation.model_copy(update={"scenarios": scenarios})
    return packet.model_copy(update={"repository": repository, "validation": validation})


def _checked(packet: TaskPacket, source: str) -> TaskPacket:
    """Faults that no single field shows."""
    for at, scenario in enumerate(packet.validation.scenarios):
        field = f"validation.scenarios.{at}"
        if not scenario.is_dir():
            raise PacketError(source=source, field=field, value=str(scenario), allowed="an existing folder")
        try:
            read_scenario(scenario)
        except PacketError as error:
            raise PacketError(source=source, field=field, value=str(scenario), allowed=error.allowed) from error
        if scenario.is_relative_to(packet.repository.path):
            raise PacketError(
                source=source,
                field=field,
                value=str(scenario),
                allowed="a folder outside the repository, or a station would see it",
            )
    if not packet.validation.checks:
        raise PacketError(
            source=source,
            field="validation.checks",
            value="(absent)",
            allowed='at least one, e.g. [[validation.checks]] command = "python -m pytest -q"',
        )
    return packet
