class BookingError(Exception):
    """Anything that stops a booking."""


class Conflict(BookingError):
    def __init__(self, room, slot):
        super().__init__(f"{room} is taken during {slot}")
        self.room = room
        self.slot = slot


class UnknownRoom(BookingError):
    pass
