import re
from dataclasses import dataclass
from datetime import timedelta

UNITS = ("day", "week", "month", "year")
RULE = re.compile(r"^every(?:\s+(?P<count>\d+))?\s+(?P<unit>[a-z]+?)s?$")


class RuleError(ValueError):
    pass


@dataclass(frozen=True)
class Rule:
    unit: str
    count: int = 1

    def __str__(self):
        return f"every {self.unit}" if self.count == 1 else f"every {self.count} {self.unit}s"


def parse_rule(text):
    found = RULE.match(" ".join(text.lower().split()))
    if found is None or found["unit"] not in UNITS:
        raise RuleError(f"not a rule: {text!r}")
    count = int(found["count"] or 1)
    if count < 1:
        raise RuleError("a rule must move forward")
    return Rule(found["unit"], count)


def advance(day, rule):
    """The date one step of the rule after `day`."""
    if rule.unit == "day":
        return day + timedelta(days=rule.count)
    if rule.unit == "week":
        return day + timedelta(weeks=rule.count)
    if rule.unit == "month":
        return day.replace(month=day.month + rule.count)
    return day.replace(year=day.year + rule.count)
