from dataclasses import dataclass

from .errors import Conflict
from .slot import DAY, Slot


@dataclass(frozen=True)
class Booking:
    slot: Slot
    owner: str
    title: str = ""


class RoomCalendar:
    """Bookings of one room on one day, never overlapping."""

    def __init__(self, room, opens=0, closes=DAY):
        self.room = room
        self.hours = Slot(opens, closes)
        self._bookings = []

    def __iter__(self):
        return iter(sorted(self._bookings, key=lambda booking: booking.slot))

    def __len__(self):
        return len(self._bookings)

    def is_free(self, slot):
        return self.hours.contains(slot) and not any(b.slot.overlaps(slot) for b in self._bookings)

    def book(self, slot, owner, title=""):
        if not self.is_free(slot):
            raise Conflict(self.room, slot)
        booking = Booking(slot, owner, title)
        self._bookings.append(booking)
        return booking

    def cancel(self, booking):
        self._bookings.remove(booking)

    def move(self, booking, slot):
        """Put a booking elsewhere; it stays where it was if the new slot is taken."""
        self.cancel(booking)
        try:
            return self.book(slot, booking.owner, booking.title)
        except Conflict:
            self._bookings.append(booking)
            raise

    def gaps(self, shortest=1):
        """Free stretches of at least `shortest` minutes."""
        position = self.hours.start
        for booking in self:
            if booking.slot.start - position >= shortest:
                yield Slot(position, booking.slot.start)
            position = booking.slot.end
        if self.hours.end - position >= shortest:
            yield Slot(position, self.hours.end)
