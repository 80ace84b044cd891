import random

import pytest
from splitbill import Group, split_amount


@pytest.mark.parametrize(
    ("cents", "weights", "shares"),
    [
        (100, [1, 1, 1, 1, 1, 1], [17, 17, 17, 17, 16, 16]),
        (100, [1, 2, 3], [17, 33, 50]),
        (10, [5, 3, 3], [4, 3, 3]),
        (7, [1, 5, 1], [1, 5, 1]),
        (5, [1, 1], [3, 2]),
        (11, [1, 2, 4], [2, 3, 6]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (-11, [1, 2, 4], [-2, -3, -6]),
        (0, [1, 2], [0, 0]),
        (1, [0, 1, 1], [0, 1, 0]),
        (10**18 + 1, [1, 1], [5 * 10**17 + 1, 5 * 10**17]),
    ],
)
def test_shares(cents, weights, shares):
    assert split_amount(cents, weights) == shares


def test_sum_and_distance():
    rng = random.Random(3)
    for _ in range(300):
        weights = [rng.randrange(0, 9) for _ in range(rng.randrange(1, 7))] + [1]
        cents = rng.randrange(-5000, 5000)
        shares = split_amount(cents, weights)
        assert sum(shares) == cents
        assert all(abs(share * sum(weights) - cents * weight) < sum(weights) for share, weight in zip(shares, weights))
        assert all(isinstance(share, int) for share in shares)


def test_largest_remainder_wins():
    assert split_amount(10, [34, 33, 133]) == [2, 2, 6]
    assert split_amount(100, [333, 333, 334]) == [33, 33, 34]


def test_group_of_three():
    group = Group(["a", "b", "c"])
    group.pay("a", 1000)
    group.pay("b", 200, {"a": 1, "c": 2})
    assert sum(group.balance.values()) == 0
    moves = group.transfers()
    assert sum(cents for _, to, cents in moves if to == "a") == group.balance["a"]


@pytest.mark.parametrize("weights", [[-1, 2], [0], [0, 0, 0]])
def test_bad_weights(weights):
    with pytest.raises(ValueError):
        split_amount(10, weights)
