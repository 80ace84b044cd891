from sheetcalc.errors import CellError, FormulaError
from sheetcalc.sheet import Sheet

__all__ = ["CellError", "FormulaError", "Sheet"]
