from envnumbers import Limit, Reader, read_number


def test_plain():
    assert read_number({"POOL_SIZE": "12"}, "POOL_SIZE", 4) == 12


def test_unset():
    assert read_number({}, "POOL_SIZE", 4) == 4


def test_word_gives_the_default():
    reader = Reader({"POOL_SIZE": "auto"})
    assert reader.integer("POOL_SIZE", 4) == 4
    assert reader.warnings == ["POOL_SIZE: not a number: 'auto'"]


def test_out_of_range():
    seen = []
    assert read_number({"N": "99"}, "N", 4, limit=Limit(1, 10), warnings=seen) == 4
    assert seen == ["N: 99 is above 10"]
