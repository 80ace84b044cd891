"""A last answer that programs read: how it is asked for, and whether it fits. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from codergen.errors import UsageError
from providers.types import ModelRequest, OutputSchema, ToolSpec

TOOLS_OR_FORM = frozenset({"gemini_generate"})
"""Apis with models that refuse tools and a form of the answer in one request: there the form goes out only when all
that is left to do is to answer, and without tools."""
SHOWN = 5
"""Problems that a model is told of."""
_FENCE = re.compile(r"\A\s*```[a-z]*\n(.*)\n```\s*\Z", re.DOTALL)

How = Literal["native", "last", "words"]
"""The service holds every answer to the schema; only an answer that cannot be a call; the model is only told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fits:
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    problems: tuple[str, ...]


def how(api: str, features: frozenset[str], tools: tuple[ToolSpec, ...]) -> How:
    """How a client can be asked."""
    if "structured_output" not in features:
        return "words"
    return "last" if tools and api in TOOLS_OR_FORM else "native"


def shaped(request: ModelRequest, output: OutputSchema, how: How, *, last: bool) -> ModelRequest:
    """The request with what it says about its answer; `last` for one whose answer must not be a call."""
    if how == "native":
        request = replace(request, output=output)
    if how == "last" and last:
        return replace(request, output=output, tools=())
    return replace(request, tool_choice="none") if last and request.tools else request


def read(text: str, output: OutputSchema) -> Fits | Misfit:
    """The value of an answer's text. A code fence around it is no problem: what is in it is what was meant."""
    fenced = _FENCE.match(text)
    try:
        value = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError) as error:
        return Misfit(problems=(f"it is not JSON: {error}",))
    problems = misfits(value, output.schema)
    return Misfit(problems=problems) if problems else Fits(value=value)


def misfits(value: object, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Where a value does not fit, at most `SHOWN`; no schema is fetched from anywhere."""
    from jsonschema.validators import Draft202012Validator, validator_for  # 0.1 s, for few sessions
    from referencing import Registry

    validator = validator_for(schema, default=Draft202012Validator)(schema, registry=Registry())
    found = sorted(validator.iter_errors(cast("Any", value)), key=lambda error: list(map(str, error.absolute_path)))
    return tuple(f"{error.json_path}: {error.message[:300]}" for error in found[:SHOWN])


def check(output: OutputSchema) -> None:
    """Raises UsageError for what is no JSON Schema, or refers to what is not in it, before anything is asked."""
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry, Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    where, schema = f"the output schema {output.name!r}", dict(output.schema)
    try:
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
        whole = Resource[Any].from_contents(schema, default_specification=DRAFT202012)
        resolver = Registry[Any]().with_resource("", whole).resolver()
        for reference in _references(output.schema):
            resolver.lookup(reference)
    except SchemaError as error:
        raise UsageError(f"{where} is no JSON Schema: {error.message}", remedy=f"look at {error.json_path}") from error
    except Unresolvable as error:
        raise UsageError(f"{where} refers to {error.ref!r}", remedy="it must hold all that it refers to") from error


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for name, value in cast("Mapping[str, object]", schema).items():
            if name == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for item in cast("list[object]", schema):
            yield from _references(item)
