from splitbill.group import Group
from splitbill.share import split_amount

__all__ = ["Group", "split_amount"]
