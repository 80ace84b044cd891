from .measure import depth


def contents(nodes, levels=None):
    """Numbered lines of the first `levels` levels (all by default)."""
    levels = depth(nodes) if levels is None else levels
    return list(_lines(nodes, levels, ""))


def _lines(nodes, levels, prefix):
    if levels == 0:
        return
    for position, node in enumerate(nodes, 1):
        number = f"{prefix}{position}"
        yield f"{number} {node.title}"
        yield from _lines(node.children, levels - 1, number + ".")
