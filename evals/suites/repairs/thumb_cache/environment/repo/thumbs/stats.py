from dataclasses import dataclass


@dataclass
class Stats:
    hits: int = 0
    misses: int = 0
    evicted: int = 0

    @property
    def rate(self):
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0


def summary(cache):
    stats = cache.stats
    lines = [
        f"{len(cache)} pictures, {cache.used} of {cache.budget} bytes",
        f"hit rate {stats.rate:.0%}, {stats.evicted} dropped",
    ]
    if len(cache):
        lines.append("next to go: " + ", ".join(cache.keys()[:3]))
    return "\n".join(lines)
