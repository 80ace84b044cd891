class Node:
    def __init__(self, title, children=()):
        self.title = title
        self.children = list(children)

    def __repr__(self):
        return f"Node({self.title!r}, {self.children!r})"


def parse(text):
    """Top-level nodes of an outline written with leading dots: `Intro`, `.Scope`, `..Limits`."""
    top = []
    path = []
    for line in text.splitlines():
        title = line.lstrip(".")
        level = len(line) - len(title)
        if not title.strip():
            continue
        if level > len(path):
            raise ValueError(f"{title.strip()!r} skips a level")
        node = Node(title.strip())
        (path[level - 1].children if level else top).append(node)
        path[level:] = [node]
    return top
