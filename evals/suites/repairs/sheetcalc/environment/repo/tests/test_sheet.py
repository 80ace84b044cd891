from sheetcalc import Sheet


def test_values_follow_changes():
    sheet = Sheet()
    sheet.set("A1", 2)
    sheet.set("B1", "=A1*10")
    assert sheet.text("B1") == "20"
    sheet.set("A1", 3)
    assert sheet.text("B1") == "30"


def test_cycle():
    sheet = Sheet()
    sheet.set("A1", "=B1")
    sheet.set("B1", "=A1")
    assert sheet.text("A1") == "#CYCLE!"


def test_csv():
    sheet = Sheet.from_csv("1,2,=A1+B1\n")
    assert sheet.text("C1") == "3"
