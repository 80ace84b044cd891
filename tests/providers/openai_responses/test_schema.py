import pytest

from providers.openai_responses.schema import fault

STRING = {"type": "string"}


def thing(**changes):
    shape = {"type": "object", "properties": {"a": STRING}, "required": ["a"], "additionalProperties": False}
    return {name: value for name, value in {**shape, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    "schema",
    [
        thing(),
        thing(properties={}, required=[]),
        thing(properties={"a": {"type": ["string", "null"], "enum": ["x", None]}}),
        thing(properties={"a": {"type": "array", "items": thing()}}),
        thing(properties={"a": {"anyOf": [thing(), STRING]}}),
        thing(properties={"a": {"$ref": "#/$defs/b"}}, **{"$defs": {"b": thing()}}),
    ],
)
def test_strict(schema):
    assert fault(schema) == ""


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({}, "object"),
        ({"type": "array", "items": STRING}, "object"),
        (thing(additionalProperties=None), "additionalProperties"),
        (thing(additionalProperties=True), "additionalProperties"),
        (thing(required=None), "Missing 'a'"),
        (thing(properties={"a": thing(required=[])}), "context=('properties', 'a')"),
        (thing(properties={"a": {"type": "array", "items": {"type": "object"}}}), "'items')"),
        (thing(properties={"a": {"anyOf": [STRING, thing(required=[])]}}), "'anyOf', '1'"),
        (thing(**{"$defs": {"b": thing(required=[])}}), "$defs"),
        (thing(properties={"a": {"allOf": [STRING]}}), "'allOf' is not permitted"),
        (thing(properties={"a": {"not": STRING}}), "'not' is not permitted"),
    ],
)
def test_not_strict(schema, says):
    assert says in fault(schema)


def test_depth_is_bounded():
    schema = thing()
    for _ in range(12):
        schema = thing(properties={"a": schema})
    assert "deeper" in fault(schema)
