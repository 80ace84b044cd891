from envnumbers.limits import Limit
from envnumbers.read import Reader, read_number

__all__ = ["Limit", "Reader", "read_number"]
