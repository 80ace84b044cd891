import re
from dataclasses import dataclass

LINE = re.compile(r"^(?P<home>.+?)\s+(?P<hg>\d+)\s*-\s*(?P<ag>\d+)\s+(?P<away>.+)$")


@dataclass(frozen=True)
class Match:
    home: str
    home_goals: int
    away_goals: int
    away: str


def parse_results(text):
    """One match a line, as in `Reds 2-1 Blues`."""
    matches = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = LINE.match(line.strip())
        if found is None:
            raise ValueError(f"line {number}: not a result: {line!r}")
        matches.append(Match(found["home"], int(found["hg"]), int(found["ag"]), found["away"].strip()))
    return matches
