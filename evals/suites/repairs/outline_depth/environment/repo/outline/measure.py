def depth(nodes):
    """Levels in a list of nodes: 0 for none, 1 for a flat list."""
    return max((_levels(node) for node in nodes), default=0)


def _levels(node):
    if not node.children:
        return 0
    return 1 + max(_levels(child) for child in node.children)


def count(nodes):
    return sum(1 + count(node.children) for node in nodes)
