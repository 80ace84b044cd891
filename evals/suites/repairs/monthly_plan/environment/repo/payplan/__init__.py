from payplan.forecast import Payment, by_year, forecast, next_due
from payplan.money import format_cents, parse_cents
from payplan.rules import Rule, RuleError, advance, parse_rule
from payplan.schedule import occurrences, shifted

__all__ = [
    "Payment", "Rule", "RuleError", "advance", "by_year", "forecast", "format_cents", "next_due", "occurrences",
    "parse_cents", "parse_rule", "shifted",
]
