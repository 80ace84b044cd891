from timesheet.entries import Entry, parse_entry
from timesheet.overview import overtime, overview
from timesheet.weeks import week_start, weeks_between

__all__ = ["Entry", "overtime", "overview", "parse_entry", "week_start", "weeks_between"]
