from sheetcalc.address import parse_address
from sheetcalc.errors import FormulaError
from sheetcalc.nodes import Binary, Call, Cell, Literal, Negative, Range
from sheetcalc.tokens import tokenize

LEVELS = (("=", "<>", "<", ">", "<=", ">="), ("&",), ("+", "-"), ("*", "/"))


class Parser:
    def __init__(self, text):
        self.tokens = tokenize(text.rstrip())
        self.index = 0

    @property
    def current(self):
        return self.tokens[self.index]

    def advance(self):
        token = self.current
        self.index += 1
        return token

    def accept(self, *symbols):
        if self.current.kind == "symbol" and self.current.text in symbols:
            return self.advance().text
        return None

    def expect(self, symbol):
        if not self.accept(symbol):
            raise FormulaError(f"expected {symbol!r} at {self.current.position}")

    def parse(self):
        node = self.binary(0)
        if self.current.kind != "end":
            raise FormulaError(f"unexpected {self.current.text!r} at {self.current.position}")
        return node

    def binary(self, level):
        if level == len(LEVELS):
            return self.unary()
        node = self.binary(level + 1)
        while operator := self.accept(*LEVELS[level]):
            node = Binary(operator, node, self.binary(level + 1))
        return node

    def unary(self):
        if self.accept("-"):
            return Negative(self.unary())
        return self.atom()

    def atom(self):
        token = self.advance()
        if token.kind == "number":
            return Literal(float(token.text))
        if token.kind == "text":
            return Literal(token.text[1:-1])
        if token.kind == "cell":
            return self.cell(parse_address(token.text))
        if token.kind == "name":
            return self.call(token.text.upper())
        if token.text == "(":
            node = self.binary(0)
            self.expect(")")
            return node
        raise FormulaError(f"unexpected {token.text or 'end'!r} at {token.position}")

    def cell(self, first):
        if not self.accept(":"):
            return Cell(first)
        token = self.advance()
        if token.kind != "cell":
            raise FormulaError(f"a range needs a cell at {token.position}")
        return Range(first, parse_address(token.text))

    def call(self, name):
        self.expect("(")
        arguments = []
        if not self.accept(")"):
            arguments.append(self.binary(0))
            while self.accept(","):
                arguments.append(self.binary(0))
            self.expect(")")
        return Call(name, tuple(arguments))
