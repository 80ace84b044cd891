def page_count(total, per_page):
    """Number of pages needed to show `total` rows; no rows need no page."""
    if per_page < 1:
        raise ValueError("per_page must be positive")
    return total // per_page
