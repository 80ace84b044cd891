def parse_cents(text):
    """`1,250.5` is 125050 cents."""
    text = text.strip().replace(",", "")
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").partition(".")
    if len(part) > 2:
        raise ValueError(f"more than two decimals: {text!r}")
    return sign * (int(whole or 0) * 100 + int(part.ljust(2, "0")))


def format_cents(cents):
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
