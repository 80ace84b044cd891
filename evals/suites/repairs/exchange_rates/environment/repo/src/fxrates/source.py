from bisect import bisect_right


class TableSource:
    """Published rates against one home currency; a rate holds until the next one is published."""

    def __init__(self, home, table):
        self.home = home
        self.lookups = 0
        self._days = {code: sorted(rates) for code, rates in table.items()}
        self._table = table

    def against_home(self, code, day):
        """Units of home money for one unit of `code`, or None before its first day."""
        self.lookups += 1
        if code == self.home:
            return 1.0
        days = self._days.get(code, [])
        position = bisect_right(days, day)
        if position == 0:
            return None
        return self._table[code][days[position - 1]]
