class NoRate(LookupError):
    pass


class RateBook:
    """Cross rates, remembered because the source is slow."""

    def __init__(self, source):
        self._source = source
        self._known = {}

    def rate(self, sold, bought, day):
        key = (sold, bought)
        if key not in self._known:
            self._known[key] = self._cross(sold, bought, day)
        return self._known[key]

    def _cross(self, sold, bought, day):
        first = self._source.against_home(sold, day)
        second = self._source.against_home(bought, day)
        if first is None or second is None:
            raise NoRate(f"{sold}/{bought} on {day}")
        return first / second
