import pytest
from roombook import Booking, Conflict, Directory, Room, RoomCalendar, Slot, clashes


@pytest.mark.parametrize("order", [("14-15", "15-16", "16-17"), ("16-17", "15-16", "14-15"), ("15-16", "16-17", "14-15")])
def test_chain_in_any_order(order):
    room = RoomCalendar("Ash")
    for text in order:
        room.book(Slot.parse(text), "ana")
    assert len(room) == 3


@pytest.mark.parametrize("text", ["12:59-13:30", "13:00-14:00", "13:59-15:00", "12-15", "13:10-13:20"])
def test_real_overlaps_are_refused(text):
    room = RoomCalendar("Ash")
    room.book(Slot.parse("13:00-14:00"), "ana")
    with pytest.raises(Conflict):
        room.book(Slot.parse(text), "bo")


def test_search_uses_a_room_that_just_became_free():
    house = Directory([Room("Fir", 2), Room("Oak", 9)])
    house.calendar("Fir").book(Slot.parse("8-9"), "ana")
    assert house.find(Slot.parse("9-10")).name == "Fir"
    assert house.find(Slot.parse("8:30-9:30")).name == "Oak"


def test_no_clash_for_one_person_going_from_room_to_room():
    a = Booking(Slot.parse("7-8"), "ana")
    b = Booking(Slot.parse("8-9"), "ana")
    c = Booking(Slot.parse("8:59-9:30"), "ana")
    assert clashes([c, b, a]) == [(b, c)]


def test_move_next_to_another():
    room = RoomCalendar("Ash")
    room.book(Slot.parse("8-9"), "ana")
    late = room.book(Slot.parse("15-16"), "bo", "Retro")
    moved = room.move(late, Slot.parse("9-10"))
    assert (moved.slot, moved.title, len(room)) == (Slot(540, 600), "Retro", 2)
    with pytest.raises(Conflict):
        room.move(moved, Slot.parse("8:30-9:30"))
    assert [str(b.slot) for b in room] == ["08:00-09:00", "09:00-10:00"]


def test_overlap_is_symmetric():
    first, second = Slot(10, 20), Slot(20, 30)
    assert not first.overlaps(second)
    assert not second.overlaps(first)
    assert first.overlaps(Slot(19, 20)) and Slot(19, 20).overlaps(first)
