from searchbox.errors import QueryError
from searchbox.match import matches
from searchbox.terms import Term, parse, split_terms

__all__ = ["QueryError", "Term", "matches", "parse", "split_terms"]
