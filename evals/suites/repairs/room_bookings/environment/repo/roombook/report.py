def day_sheet(calendar):
    lines = [f"== {calendar.room} =="]
    for booking in calendar:
        label = f"{booking.title} ({booking.owner})" if booking.title else booking.owner
        lines.append(f"{booking.slot}  {label}")
    return "\n".join(lines)


def clashes(bookings):
    """Pairs of bookings, of whatever room, that one person cannot both attend."""
    ordered = sorted(bookings, key=lambda booking: booking.slot)
    found = []
    for index, first in enumerate(ordered):
        for second in ordered[index + 1 :]:
            if first.owner == second.owner and first.slot.overlaps(second.slot):
                found.append((first, second))
    return found
