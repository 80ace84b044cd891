import pytest
from sheetcalc import Sheet

GRID = "1,2,3\n4,5,6\n7,8,9\n10,11,12\n"


@pytest.fixture
def sheet():
    return Sheet.from_csv(GRID)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("=SUM(A1:A4)", "22"),
        ("=SUM(B2:C3)", "28"),
        ("=SUM(C3:B2)", "28"),
        ("=SUM(B3:C2)", "28"),
        ("=SUM(A4:A2)", "21"),
        ("=COUNT(A1:C4)", "12"),
        ("=MAX(B1:B4)", "11"),
        ("=MIN(C4:C2)", "6"),
        ("=AVERAGE(A1:C2)", "3.5"),
        ("=SUM(A1:A2,C4:C4,B1)", "19"),
        ("=SUM(B3)", "8"),
        ("=SUM(A1:C1)+SUM(A4:C4)", "39"),
        ("=SUM(A4:C4)", "33"),
    ],
)
def test_blocks(sheet, formula, text):
    sheet.set("E9", formula)
    assert sheet.text("E9") == text


def test_cycle_through_a_column(sheet):
    sheet.set("A5", "=SUM(A1:A6)")
    assert sheet.text("A5") == "#CYCLE!"


def test_changes_below_the_first_row_count(sheet):
    sheet.set("D1", "=SUM(B1:B4)")
    assert sheet.text("D1") == "26"
    sheet.set("B4", None)
    sheet.set("B3", "text")
    assert sheet.text("D1") == "7"


def test_far_columns():
    sheet = Sheet()
    for row in range(8, 12):
        sheet.set(f"AB{row}", row)
    sheet.set("A1", "=SUM(Z8:AC11)")
    assert sheet.text("A1") == "38"
