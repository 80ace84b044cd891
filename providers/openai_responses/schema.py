"""Which JSON Schemas the service holds a model to, and why not another. Pure; the client and its twin agree on it.

Source: `strict` of the SDK's `FunctionToolParam` and `ResponseFormatTextJSONSchemaConfigParam` ("only a subset of JSON
Schema is supported"); which subset is the vendor's structured outputs guide, assumed to be unchanged.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

UNSUPPORTED = ("allOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else", "patternProperties")
DEPTH = 10

Schema = Mapping[str, Any]
Path = tuple[str, ...]


def fault(schema: Schema) -> str:
    """What keeps a schema from being strict, in the vendor's manner; empty when nothing does."""
    if schema.get("type") != "object":
        return f"schema must be a JSON Schema of type 'object', got type {schema.get('type')!r}."
    return next(_faults(schema, ()), "")


def _faults(schema: Schema, path: Path) -> Iterator[str]:
    where = f"In context={path}, "
    if len(path) > 2 * DEPTH:
        yield f"{where}the schema is nested deeper than {DEPTH} levels."
        return
    for word in UNSUPPORTED:
        if word in schema:
            yield f"{where}'{word}' is not permitted."
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        yield from _object_faults(schema, where)
    for name, inner in _inner(schema):
        yield from _faults(inner, (*path, *name))


def _object_faults(schema: Schema, where: str) -> Iterator[str]:
    if schema.get("additionalProperties") is not False:
        yield f"{where}'additionalProperties' is required to be supplied and to be false."
    properties = cast("Schema", schema.get("properties") or {})
    required = cast("list[str]", schema.get("required") or [])
    missing = [name for name in properties if name not in required]
    if missing:
        yield (
            f"{where}'required' is required to be supplied and to be an array including every key in properties. "
            f"Missing '{missing[0]}'."
        )


def _inner(schema: Schema) -> Iterator[tuple[Path, Schema]]:
    """The schemas right below this one, and the way to each."""
    for word in ("properties", "$defs", "definitions"):
        for name, inner in cast("dict[str, Any]", schema.get(word) or {}).items():
            if isinstance(inner, dict):
                yield (word, name), cast("Schema", inner)
    for place, inner in enumerate(cast("list[Any]", schema.get("anyOf") or [])):
        if isinstance(inner, dict):
            yield ("anyOf", str(place)), cast("Schema", inner)
    items = schema.get("items")
    if isinstance(items, dict):
        yield ("items",), cast("Schema", items)
