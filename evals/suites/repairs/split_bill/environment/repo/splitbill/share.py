def split_amount(cents, weights):
    """Whole cents for each weight that add up to `cents`."""
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative, and not all zero")
    return [round(cents * weight / total) for weight in weights]
