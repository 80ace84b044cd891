"""Phone numbers in one form."""

import re


def normalise(text: str, country: str = "49") -> str:
    """`+<country><number>` without blanks; a leading 00 or 0 is resolved. Raises ValueError for anything else."""
    digits = re.sub(r"[\s()/.-]", "", text)
    if digits.startswith("+"):
        number = digits[1:]
    elif digits.startswith("00"):
        number = digits[2:]
    elif digits.startswith("0"):
        number = country + digits[1:]
    else:
        number = digits
    if not number.isdigit():
        raise ValueError(f"no phone number: {text!r}")
    return f"+{number}"
