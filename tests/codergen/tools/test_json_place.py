import pytest

from codergen.tools.json_place import Place, place


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ('{"a": 5}', "a", Place(1, 7)),
        ('{"a": 5}', None, Place(1, 8)),
        ('{"a": 5}', "b", Place(1, 8)),
        ('{"b": {"a": 1},\n "a" : "x"}  ', "a", Place(2, 10)),
        ('{"b": {"a": 1}}', "b", Place(1, 6)),
        ('{"a": [1], "b": tru', "b", Place(1, 19)),
        ("[]", "a", Place(1, 2)),
        ("", "a", Place(1, 0)),
    ],
)
def test_a_value_ends_where_a_parser_would_stop(text, name, expected):
    assert place(text, name) == expected
