def matches(record, terms):
    """Whether a record (field name to text) satisfies all terms."""
    return all(_found(record, term) != term.excluded for term in terms)


def _found(record, term):
    texts = [record.get(term.field, "")] if term.field else record.values()
    return any(term.value.lower() in text.lower() for text in texts)
