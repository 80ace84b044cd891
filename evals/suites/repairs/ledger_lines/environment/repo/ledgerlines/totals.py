from collections import defaultdict
from decimal import Decimal


def totals(entries):
    result = defaultdict(Decimal)
    for account, amount in entries:
        result[account] += amount
    return dict(sorted(result.items()))
