import pytest

from sheetcalc import FormulaError, Sheet


def result(formula, **cells):
    sheet = Sheet()
    for where, content in cells.items():
        sheet.set(where, content)
    sheet.set("Z1", formula)
    return sheet.text("Z1")


@pytest.mark.parametrize(
    ("formula", "text"),
    [("=1+2*3", "7"), ("=(1+2)*3", "9"), ("=8-3-2", "3"), ("=-2-2", "-4"), ('="a"&1', "a1"), ("=1/0", "#DIV/0!")],
)
def test_operators(formula, text):
    assert result(formula) == text


def test_sum_along_a_row():
    assert result("=SUM(A1:C1)", A1=1, B1=2, C1=3) == "6"


def test_sum_along_a_column():
    assert result("=SUM(A1:A3)", A1=1, A2=2, A3=3) == "6"


def test_condition():
    assert result('=IF(A1>3,"big","small")', A1=5) == "big"


def test_unreadable():
    with pytest.raises(FormulaError):
        result("=1+")
