from decimal import Decimal, InvalidOperation

PREFIX = "acct:"


def account_name(field):
    """The name without the bank's prefix, in lower case."""
    return field.strip().lstrip(PREFIX).strip().lower()


def parse_line(line):
    field, separator, amount = line.partition(";")
    if not separator:
        raise ValueError(f"no amount in {line!r}")
    try:
        return account_name(field), Decimal(amount.strip())
    except InvalidOperation:
        raise ValueError(f"bad amount in {line!r}") from None


def parse_lines(text):
    return [parse_line(line) for line in text.splitlines() if line.strip() and not line.startswith("#")]
