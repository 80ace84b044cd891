from collections import deque


def sliding(values, size):
    """Each run of `size` neighbours as a tuple, lazily."""
    if size < 1:
        raise ValueError("a window needs at least one value")
    window = deque()
    for value in values:
        window.append(value)
        if len(window) > size:
            yield tuple(window)[:size]
            window.popleft()
