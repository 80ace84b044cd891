"""Lay one nested mapping over another."""

REMOVED = object()


def overlay(base, over):
    """A new mapping with `over` on top of `base`; nested mappings are merged, `REMOVED` takes a key away."""
    merged = base
    for key, value in over.items():
        if value is REMOVED:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = overlay(merged[key], value)
        else:
            merged[key] = value
    return merged
