import pytest

from roombook import Conflict, Directory, Room, RoomCalendar, Slot, day_sheet


def test_meeting_after_a_meeting():
    birch = RoomCalendar("Birch")
    birch.book(Slot.parse("9:00-10:00"), "ana")
    birch.book(Slot.parse("10:00-11:00"), "bo")
    assert [str(b.slot) for b in birch] == ["09:00-10:00", "10:00-11:00"]


def test_overlap_is_refused():
    birch = RoomCalendar("Birch")
    birch.book(Slot.parse("9:00-10:00"), "ana")
    with pytest.raises(Conflict):
        birch.book(Slot.parse("9:30-10:30"), "bo")


def test_smallest_room_is_found():
    house = Directory([Room("Oak", 12), Room("Elm", 4), Room("Fir", 2)])
    assert house.find(Slot.parse("8-9"), seats=3).name == "Elm"


def test_sheet():
    birch = RoomCalendar("Birch")
    birch.book(Slot.parse("13:15-14:00"), "ana", "Review")
    assert day_sheet(birch) == "== Birch ==\n13:15-14:00  Review (ana)"


def test_gaps():
    birch = RoomCalendar("Birch", 480, 600)
    birch.book(Slot(500, 520), "ana")
    assert list(birch.gaps(30)) == [Slot(520, 600)]
