"""How a twin of a test is made to fail on every honest run: the change inside one test function. Pure."""

import ast
import copy
from collections.abc import Iterable
from random import Random
from typing import Literal, NamedTuple

from router.line.literals import another, is_approx, is_literal

CanaryKind = Literal["constant", "rows", "replaced", "negated", "raised"]
TestNode = ast.FunctionDef | ast.AsyncFunctionDef

WORDS = (
    "again", "large", "small", "inner", "outer", "edge", "mixed", "simple", "twice", "plain", "nested", "given",
    "first", "last", "other", "typical", "default", "short", "long", "wide", "partial", "direct", "basic", "usual",
)  # fmt: skip
_OPPOSITES = {
    "assertEqual": "assertNotEqual", "assertNotEqual": "assertEqual", "assertEquals": "assertNotEqual",
    "assertTrue": "assertFalse", "assertFalse": "assertTrue", "assertIs": "assertIsNot", "assertIsNot": "assertIs",
    "assertIsNone": "assertIsNotNone", "assertIsNotNone": "assertIsNone", "assertIn": "assertNotIn",
    "assertNotIn": "assertIn", "assertIsInstance": "assertNotIsInstance", "assertGreater": "assertLessEqual",
    "assertGreaterEqual": "assertLess", "assertLess": "assertGreaterEqual", "assertLessEqual": "assertGreater",
    "assertAlmostEqual": "assertNotAlmostEqual", "assertListEqual": "assertNotEqual",
    "assertDictEqual": "assertNotEqual",
}  # fmt: skip
_EQUALITIES = frozenset({"assertEqual", "assertEquals", "assertListEqual", "assertTupleEqual", "assertDictEqual",
                         "assertSetEqual", "assertMultiLineEqual", "assertAlmostEqual"})  # fmt: skip


class Twin(NamedTuple):
    """A test function that must fail, and why."""

    node: TestNode
    kind: CanaryKind
    token: str
    """For `raised`: text that its failure must show."""


def make_twin(original: TestNode, name: str, random: Random) -> Twin:
    """A copy under another name in which one expectation is wrong; it keeps decorators and arguments.

    A wrong expected value is the best kind, because code that finds out what is expected and answers that is caught
    by it. Where no equality with a literal is asserted, an assertion is turned round; else the end raises.
    """
    node = copy.deepcopy(original)
    node.name = name
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    kind: CanaryKind = "raised"
    token = ""
    if _change_constant(node, random):
        kind = "constant"
    elif _change_rows(node, random):
        kind = "rows"
    elif _replace_expected(node, random):
        kind = "replaced"
    elif _negate(node, random):
        kind = "negated"
    else:
        token = f"{random.choice(WORDS)} {random.randrange(16**6):06x}"
        node.body.append(ast.parse(f"raise AssertionError({token!r})").body[0])
    return Twin(node=ast.fix_missing_locations(node), kind=kind, token=token)


def _asserts(node: TestNode) -> list[ast.Assert]:
    return [s for s in node.body if isinstance(s, ast.Assert)]


def _calls(node: TestNode, names: Iterable[str]) -> list[ast.Call]:
    """Top-level `self.<name>(...)` statements."""
    return [
        s.value
        for s in node.body
        if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call) and isinstance(s.value.func, ast.Attribute)
        and isinstance(s.value.func.value, ast.Name) and s.value.func.value.id == "self" and s.value.func.attr in names
    ]  # fmt: skip


def _equalities(node: TestNode) -> list[ast.Compare]:
    """`x == y` of top-level `assert x == y`."""
    tests = (s.test for s in _asserts(node))
    return [t for t in tests if isinstance(t, ast.Compare) and len(t.ops) == 1 and isinstance(t.ops[0], ast.Eq)]


def _change_constant(node: TestNode, random: Random) -> bool:
    """Replace the expected value of one equality by another of its type: who returns what is expected is caught."""
    sites: list[tuple[list[ast.expr], int]] = [(test.comparators, 0) for test in _equalities(node)]
    for call in _calls(node, _EQUALITIES):
        if len(call.args) == 2 and not call.keywords:
            sites.extend(((call.args, 1), (call.args, 0)))
    random.shuffle(sites)
    return any(_replace(arguments, at, random) for arguments, at in sites)


def _replace(holder: list[ast.expr], at: int, random: Random) -> bool:
    found = holder[at]
    if is_approx(found):
        return _replace(found.args, 0, random)
    changed = another(found, random) if is_literal(found) else None
    if changed is not None:
        holder[at] = changed
    return changed is not None


def _change_rows(node: TestNode, random: Random) -> bool:
    """The same for `assert f(x) == expected` under `parametrize`: change `expected` in every row."""
    expected = {t.comparators[0].id for t in _equalities(node) if isinstance(t.comparators[0], ast.Name)}
    for decorator in node.decorator_list:
        table = parametrize_table(decorator)
        if table is None:
            continue
        names, rows = table
        for at in (at for at, name in enumerate(names) if name in expected):
            if _replace_column(rows, at, len(names), random):
                return True
    return False


def parametrize_table(decorator: ast.expr) -> tuple[tuple[str, ...], list[ast.expr]] | None:
    """Names and rows of `@pytest.mark.parametrize("a, b", [...])`, None for anything else."""
    if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and len(decorator.args) == 2):
        return None
    names, rows = decorator.args
    if decorator.func.attr != "parametrize" or not isinstance(rows, ast.List | ast.Tuple):
        return None
    if isinstance(names, ast.Constant) and isinstance(names.value, str):
        return tuple(name.strip() for name in names.value.split(",") if name.strip()), rows.elts
    if isinstance(names, ast.List | ast.Tuple) and is_literal(names):
        return tuple(str(getattr(name, "value", "")) for name in names.elts), rows.elts
    return None


def _replace_column(rows: list[ast.expr], at: int, width: int, random: Random) -> bool:
    """Change one column in all rows, or in none."""
    fresh: list[ast.expr] = []
    for row in rows:
        cell = row
        if width > 1:
            if not (isinstance(row, ast.Tuple | ast.List) and len(row.elts) == width):
                return False
            cell = row.elts[at]
        changed = another(cell, random) if is_literal(cell) else None
        if changed is None:
            return False
        fresh.append(changed)
    for index, changed in enumerate(fresh):
        row = rows[index]
        if width > 1 and isinstance(row, ast.Tuple | ast.List):
            row.elts[at] = changed
        else:
            rows[index] = changed
    return bool(rows)


def _replace_expected(node: TestNode, random: Random) -> bool:
    """Where what is expected is computed: a number that it is not. An object that equals everything is caught."""
    tests = [t for t in _equalities(node) if not is_literal(t.comparators[0])]
    if tests:
        random.choice(tests).comparators[0] = ast.Constant(value=random.randint(10_000, 99_999_999))
    return bool(tests)


def _negate(node: TestNode, random: Random) -> bool:
    statements = _asserts(node)
    calls = _calls(node, _OPPOSITES)
    if not statements and not calls:
        return False
    chosen = random.choice([*statements, *calls])
    if isinstance(chosen, ast.Assert):
        chosen.test = ast.UnaryOp(op=ast.Not(), operand=chosen.test)
    elif isinstance(chosen.func, ast.Attribute):
        chosen.func.attr = _OPPOSITES[chosen.func.attr]
    return True
