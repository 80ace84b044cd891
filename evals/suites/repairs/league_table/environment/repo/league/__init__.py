from .render import render
from .results import Match, parse_results
from .table import standings

__all__ = ["Match", "parse_results", "render", "standings"]
