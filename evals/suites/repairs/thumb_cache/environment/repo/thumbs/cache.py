from dataclasses import dataclass

from thumbs.stats import Stats


class TooLarge(ValueError):
    pass


@dataclass
class Entry:
    data: bytes
    note: str = ""

    @property
    def cost(self):
        return len(self.data)


class ThumbCache:
    """Thumbnails by name, holding at most `budget` bytes."""

    def __init__(self, budget):
        self.budget = budget
        self.used = 0
        self.stats = Stats()
        self._entries = {}

    def __len__(self):
        return len(self._entries)

    def __contains__(self, name):
        return name in self._entries

    def keys(self):
        """Names, the next to be dropped first."""
        return list(self._entries)

    def get(self, name):
        """The data of a thumbnail, or None."""
        entry = self._entries.get(name)
        if entry is None:
            self.stats.misses += 1
            return None
        self.stats.hits += 1
        return entry.data

    def peek(self, name):
        """The entry itself, for the statistics page."""
        return self._entries.get(name)

    def put(self, name, data, note=""):
        entry = Entry(data, note)
        if entry.cost > self.budget:
            raise TooLarge(f"{name}: {entry.cost} bytes in a cache of {self.budget}")
        if name in self._entries:
            self.used -= self._entries[name].cost
        self._entries[name] = entry
        self.used += entry.cost
        self._shrink()

    def discard(self, name):
        entry = self._entries.pop(name, None)
        if entry is not None:
            self.used -= entry.cost

    def clear(self):
        self._entries.clear()
        self.used = 0

    def resize(self, budget):
        """Give the cache more or less room."""
        self.budget = budget
        self._shrink()

    def _shrink(self):
        while self.used > self.budget:
            self.discard(next(iter(self._entries)))
            self.stats.evicted += 1
