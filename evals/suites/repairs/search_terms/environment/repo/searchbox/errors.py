class QueryError(ValueError):
    """A query that cannot be understood."""
