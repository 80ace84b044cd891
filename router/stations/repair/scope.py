"""Which files an attempt may change: globs of the packet against workspace paths. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache


def may_change(path: str, *, scope: Iterable[str], protected: Iterable[str]) -> bool:
    """Inside the scope and not protected. `**` crosses folders, `*` and `?` do not."""
    return any(_pattern(g).fullmatch(path) for g in scope) and not any(_pattern(g).fullmatch(path) for g in protected)


@lru_cache(maxsize=512)
def _pattern(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", glob)
    special = {"**/": "(?:.*/)?", "/**": "(?:/.*)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(special.get(part, re.escape(part)) for part in parts))
