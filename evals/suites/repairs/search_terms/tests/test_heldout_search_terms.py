import pytest
from searchbox import QueryError, Term, matches, parse, split_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ('old "stone house" sea', ["old", "stone house", "sea"]),
        ('"a b" "c  d"', ["a b", "c  d"]),
        ('"one"', ["one"]),
        ('  "tab\there"  ', ["tab\there"]),
        (r'"say \"hi\" now" x', ['say "hi" now', "x"]),
        ('""', []),
        ('a "" b', ["a", "b"]),
        ("", []),
        ("plain words  only", ["plain", "words", "only"]),
    ],
)
def test_split(text, terms):
    assert split_terms(text) == terms


def test_prefixes_before_a_phrase():
    assert parse('-"wet dog" title:"two words" -author:"Ana Bo"') == [
        Term("wet dog", excluded=True), Term("two words", "title"), Term("Ana Bo", "author", True),
    ]


@pytest.mark.parametrize("text", ['"', 'a "b', 'a b"', '"a" "b', 'title:"x', r'"ends with \"'])
def test_unclosed(text):
    with pytest.raises(QueryError):
        parse(text)


@pytest.mark.parametrize("text", ["-", 'tag:""', '-""'])
def test_nothing_behind_a_prefix(text):
    with pytest.raises(QueryError):
        parse(text)


def test_match_with_phrases():
    record = {"title": "The stone house", "tag": "sea"}
    assert matches(record, parse('"stone house" sea'))
    assert not matches(record, parse('"house stone"'))
    assert not matches(record, parse('sea -"the stone"'))
