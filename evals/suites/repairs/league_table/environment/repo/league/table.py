from dataclasses import dataclass

WIN, DRAW = 3, 1


@dataclass
class Row:
    team: str
    played: int = 0
    points: int = 0
    scored: int = 0
    conceded: int = 0

    @property
    def difference(self):
        return self.scored - self.conceded

    def add(self, scored, conceded):
        self.played += 1
        self.scored += scored
        self.conceded += conceded
        if scored > conceded:
            self.points += WIN
        elif scored == conceded:
            self.points += DRAW


def standings(matches):
    """Rows from first to last: points, goal difference, goals scored (more is better), then name."""
    rows = {}
    for match in matches:
        rows.setdefault(match.home, Row(match.home)).add(match.home_goals, match.away_goals)
        rows.setdefault(match.away, Row(match.away)).add(match.away_goals, match.home_goals)
    return sorted(rows.values(), key=lambda row: (-row.points, row.difference, -row.scored, row.team))
