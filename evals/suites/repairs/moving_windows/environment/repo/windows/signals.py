from windows.slide import sliding


def means(values, size):
    for window in sliding(values, size):
        yield sum(window) / size


def alarms(values, size, limit):
    """Positions (of the last value of the window) at which the mean is above `limit`."""
    for position, mean in enumerate(means(values, size), size - 1):
        if mean > limit:
            yield position
