import pytest

from phones import normalise


@pytest.mark.parametrize("text", ["+49 30 1234", "0049 30 1234", "030 1234", "(030) 12-34", "030/12.34"])
def test_all_spellings_give_one_form(text):
    assert normalise(text) == "+49301234"


def test_another_country():
    assert normalise("01 234", country="43") == "+431234"


def test_letters_are_refused():
    with pytest.raises(ValueError):
        normalise("call me")
