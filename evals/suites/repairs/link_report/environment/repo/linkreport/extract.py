import re
from collections import namedtuple

Link = namedtuple("Link", "line title target")


def links(text):
    """All inline links `[title](target)` in reading order; images are left out."""
    pattern = re.compile(r"(?<!!)\[(.*)\]\((.*)\)")
    return [
        Link(number, found[1].strip(), found[2].strip())
        for number, line in enumerate(text.splitlines(), 1)
        for found in pattern.finditer(line)
    ]
