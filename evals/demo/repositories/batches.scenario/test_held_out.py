from batches import split


def test_a_rest_of_two():
    assert split(list(range(8)), 3) == [[0, 1, 2], [3, 4, 5], [6, 7]]


def test_no_empty_batch_at_the_end():
    assert split(list("abcdef"), 3) == [["a", "b", "c"], ["d", "e", "f"]]


def test_batches_of_one():
    assert split([7, 8], 1) == [[7], [8]]


def test_the_list_given_is_left_alone():
    items = [1, 2, 3]
    split(items, 2)
    assert items == [1, 2, 3]
