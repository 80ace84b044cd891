"""Cut work into batches."""


def split(items: list, size: int) -> list[list]:
    """Batches of `size` items in order; the last one may be shorter, no batch is empty."""
    if size < 1:
        raise ValueError(f"size must be 1 or more, not {size}")
    batches = []
    current = []
    for item in items:
        current.append(item)
        if len(current) == size:
            batches.append(current)
            current = []
    return batches


def largest(batches: list[list]) -> int:
    """Length of the longest batch, 0 when there is none."""
    return max((len(batch) for batch in batches), default=0)
