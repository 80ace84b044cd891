import pytest

from searchbox import QueryError, Term, matches, parse


def test_words_and_fields():
    assert parse("wine -red tag:dry") == [Term("wine"), Term("red", excluded=True), Term("dry", "tag")]


def test_phrase():
    assert parse('"red wine" cheese') == [Term("red wine"), Term("cheese")]


def test_unclosed_quote():
    with pytest.raises(QueryError):
        parse('"red wine')


def test_lonely_minus():
    with pytest.raises(QueryError):
        parse("wine -")


def test_match():
    record = {"title": "Red grapes", "author": "Ana"}
    assert matches(record, parse("grapes -author:bo"))
    assert not matches(record, parse("-red"))
