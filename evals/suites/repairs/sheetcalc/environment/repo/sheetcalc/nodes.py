from typing import NamedTuple

from sheetcalc.address import Address


class Literal(NamedTuple):
    value: object


class Cell(NamedTuple):
    address: Address


class Range(NamedTuple):
    first: Address
    last: Address


class Negative(NamedTuple):
    operand: object


class Binary(NamedTuple):
    operator: str
    left: object
    right: object


class Call(NamedTuple):
    name: str
    arguments: tuple
