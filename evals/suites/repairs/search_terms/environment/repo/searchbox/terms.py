from dataclasses import dataclass

from searchbox.errors import QueryError

FIELDS = ("title", "author", "tag")


@dataclass(frozen=True)
class Term:
    value: str
    field: str = ""
    excluded: bool = False


def split_terms(text):
    """The words of a query."""
    terms = []
    current = ""
    for char in text:
        if char.isspace():
            if current:
                terms.append(current)
            current = ""
        else:
            current += char
    if current:
        terms.append(current)
    return terms


def parse(text):
    return [_term(word) for word in split_terms(text)]


def _term(word):
    excluded = word.startswith("-")
    if excluded:
        word = word[1:]
    field, colon, value = word.partition(":")
    if not colon or field not in FIELDS:
        field, value = "", word
    if not value:
        raise QueryError("nothing to search for")
    return Term(value, field, excluded)
