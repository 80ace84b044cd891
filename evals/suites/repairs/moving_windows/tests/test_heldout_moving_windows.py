import itertools

import pytest
from windows import alarms, means, sliding


@pytest.mark.parametrize("length", range(0, 7))
@pytest.mark.parametrize("size", range(1, 5))
def test_against_slices(length, size):
    values = list(range(10, 10 + length))
    expected = [tuple(values[i : i + size]) for i in range(length) if i + size <= length]
    assert list(sliding(values, size)) == expected


def test_lazy_on_endless_input():
    taken = []

    def source():
        for n in itertools.count():
            taken.append(n)
            yield n

    windows = sliding(source(), 3)
    assert [next(windows), next(windows)] == [(0, 1, 2), (1, 2, 3)]
    assert taken == [0, 1, 2, 3]


def test_same_values():
    assert list(sliding([5, 5, 5], 1)) == [(5,), (5,), (5,)]


def test_exact_length_and_generator():
    assert list(means((n for n in (2, 4, 9)), 3)) == [5]


def test_alarm_at_the_end():
    assert list(alarms([1, 1, 1, 7], 2, 3)) == [3]
    assert list(alarms([8], 1, 3)) == [0]
