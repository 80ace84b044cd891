from .calendar import Booking, RoomCalendar
from .directory import Directory, Room
from .errors import Conflict, UnknownRoom
from .report import clashes, day_sheet
from .slot import Slot

__all__ = ["Booking", "Conflict", "Directory", "Room", "RoomCalendar", "Slot", "UnknownRoom", "clashes", "day_sheet"]
