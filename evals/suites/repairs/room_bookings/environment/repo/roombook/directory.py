from dataclasses import dataclass

from .calendar import RoomCalendar
from .errors import UnknownRoom


@dataclass(frozen=True)
class Room:
    name: str
    seats: int


class Directory:
    def __init__(self, rooms):
        self.rooms = {room.name: room for room in rooms}
        self._calendars = {}

    def calendar(self, name):
        if name not in self.rooms:
            raise UnknownRoom(name)
        return self._calendars.setdefault(name, RoomCalendar(name))

    def find(self, slot, seats=1):
        """The smallest free room with enough seats, or None."""
        fitting = [r for r in self.rooms.values() if r.seats >= seats and self.calendar(r.name).is_free(slot)]
        return min(fitting, key=lambda room: (room.seats, room.name), default=None)
