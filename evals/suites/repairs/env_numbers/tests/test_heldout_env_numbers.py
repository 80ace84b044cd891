import pytest
from envnumbers import Reader, read_number


@pytest.mark.parametrize("text", ["1.5", "0x10", "12 MB", "--3", "ten", "1e3", "None"])
def test_bad_integers(text):
    seen = []
    assert read_number({"A": text}, "A", 7, warnings=seen) == 7
    assert seen == [f"A: not a number: {text!r}"]


@pytest.mark.parametrize(("text", "value"), [(" 8 ", 8), ("-2", -2), ("1_000", 1000)])
def test_good_integers(text, value):
    assert read_number({"A": text}, "A", 7) == value


def test_real_numbers_and_several_warnings():
    reader = Reader({"APP_RATE": "1,5", "APP_WAIT": "2.5", "APP_MAX": "-1", "APP_MIN": "  "}, "APP_")
    assert reader.real("RATE", 0.5) == 0.5
    assert reader.real("WAIT", 1.0) == 2.5
    assert reader.integer("MAX", 3, low=0) == 3
    assert reader.integer("MIN", 2) == 2
    assert reader.warnings == ["APP_RATE: not a number: '1,5'", "APP_MAX: -1 is below 0"]


def test_without_a_list_of_warnings():
    assert read_number({"A": "?"}, "A", None) is None
