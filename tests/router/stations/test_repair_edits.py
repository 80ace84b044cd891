import ast

import pytest

from codergen.tools.locate import Suspect
from router.line.protected import may_change
from router.stations.repair.edits import apply, candidates_in
from router.stations.repair.prior import TIERS
from router.stations.repair.rank import ranked
from router.stations.repair.source import open_source


def results(text, qualname="f"):
    """kind -> texts that one edit can make of the function."""
    source = open_source("m.py", text)
    end = len(text.splitlines())
    suspect = Suspect(path="m.py", qualname=qualname, start=1, end=end, score=1.0, lines=())
    found = {}
    for candidate in candidates_in(source, suspect):
        found.setdefault(candidate.kind, set()).add(apply(text, candidate.spans))
    return found


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("compare_boundary", "    return a < b", "    return a <= b"),
        ("negate_compare", "    return a is not b", "    return a is b"),
        ("flip_compare", "    return a < b < 3", "    return a < b > 3"),
        ("literal_identity", "    return a is 3", "    return a == 3"),
        ("bool_constant", "    return g(a, flag=True)", "    return g(a, flag=False)"),
        ("and_or", "    return a and b and not a", "    return a or b or not a"),
        ("drop_operand", "    return a and b", "    return a"),
        ("drop_operand", "    return a + b", "    return b"),
        ("drop_not", "    if not a:\n        return b", "    if a:\n        return b"),
        ("negate_condition", "    if a or b:\n        return b", "    if not (a or b):\n        return b"),
        ("constant_shift", "    return a[0]  # first", "    return a[-1]  # first"),
        ("swap_arguments", "    return g(a, b)", "    return g(b, a)"),
        ("swap_operands", "    return a - g(b)", "    return g(b) - a"),
        ("near_method", "    return a.lstrip()", "    return a.strip()"),
        ("near_attribute", "    return a.item_count + b.items_count", "    return a.items_count + b.items_count"),
        ("arithmetic", "    return a / b", "    return a // b"),
        ("augmented_operator", "    a += b\n    return a", "    a -= b\n    return a"),
        ("assign_augment", "    a = b\n    return a", "    a += b\n    return a"),
        ("reassociate", "    return a + b / 2", "    return (a + b) / 2"),
        ("expression_shift", "    return a[b]", "    return a[b + 1]"),
        ("expression_shift", "    return a * b", "    return a * (b - 1)"),
        ("other_name", "    return a", "    return b"),
        ("swap_branches", "    return a if b else 0", "    return 0 if b else a"),
        ("unwrap_call", "    return sorted(a)", "    return a"),
        ("return_wrap", "    return a", "    return list(a)"),
        ("range_start", "    return range(a)", "    return range(1, a)"),
        ("slice_bound", "    return a[1:b]", "    return a[1:b + 1]"),
        ("reverse_keyword", "    return sorted(a)", "    return sorted(a, reverse=True)"),
        ("break_continue", "    for a in b:\n        continue", "    for a in b:\n        break"),
        ("comprehension_filter", "    return [x for x in a if x > b]", "    return [x for x in a]"),
        ("other_exception", "    raise KeyError(a)", "    raise ValueError(a)"),
        ("get_default", "    return a[b]", "    return a.get(b, 0)"),
        ("string_cleanup", "    return g(a)", "    return g(a.strip())"),
        ("near_function", "    return min(a)", "    return max(a)"),
        ("shared_rows", "    return [[0] * a] * b", "    return [[0] * a for _ in range(b)]"),
        ("missing_return", "    a + b", "    return a + b"),
        ("elif_if", "    if a:\n      b = 1\n    elif b:\n      g()", "    if a:\n      b = 1\n    if b:\n      g()"),
        ("swap_bodies", "    if a:\n      b()\n    else:\n      g()", "    if a:\n      g()\n    else:\n      b()"),
        ("statement_delete", "    a.sort()\n    return a", "    return a"),
        ("statement_swap", "    a = 1\n    b = 2\n    return a", "    b = 2\n    a = 1\n    return a"),
        ("dedent_last", "    for x in a:\n      b += x\n      return b", "    for x in a:\n      b += x\n    return b"),
        ("indent_next", "    for x in a:\n        y = x\n    b += y", "    for x in a:\n        y = x\n        b += y"),
        ("remove_if", "    if a:\n        b = 1\n    return b", "    b = 1\n    return b"),
        ("reset_move", "    n = 0\n    for x in a:\n        n += x", "    for x in a:\n        n = 0\n        n += x"),
        ("insert_copy", "    b.append(a)\n    return b", "    b = list(b)\n    b.append(a)\n    return b"),
        ("string_text", "    return a.split(',')", "    return a.split(', ')"),
        ("string_text", "    return a.join('--')", "    return a.join('-')"),
        ("regex", '    return re.match(r"a+", b)', '    return re.match(r"a*", b)'),
        ("regex", '    return re.match(r"a.b", b)', '    return re.match(r"a\\.b", b)'),
        ("regex", '    return re.sub("[a-z]+", a, b)', '    return re.sub("[a-z_]+", a, b)'),
        ("regex", '    return re.match("(.*)x", b)', '    return re.match("(.*?)x", b)'),
        ("regex", '    return re.match("a{2}", b)', '    return re.match("a{3}", b)'),
        ("regex", '    return re.match("a", b)', '    return re.match("a$", b)'),
        ("regex", '    return re.match("a", b)', '    return re.match("a", b, flags=re.IGNORECASE)'),
        ("format_spec", '    return f"{a:>{b}}"', '    return f"{a:<{b}}"'),
        ("format_spec", '    return f"{a}.{b:d}"', '    return f"{a}.{b:02d}"'),
        ("format_spec", '    return f"{a:.1f} {b}"', '    return f"{a:.2f} {b}"'),
        ("format_spec", '    return f"{{{a!r}}}"', '    return f"{{{a!r:.2f}}}"'),
        ("key_part", '    return g(f"{a}")', '    return g(f"{a}:{b}")'),
        ("key_part", "    return g((a, 1))", "    return g((a, 1, b))"),
        ("arithmetic", '    return f"{a // b} of"', '    return f"{a % b} of"'),
        ("sort_key", "    return sorted(a, key=lambda x: (x.b, x.c))",
         "    return sorted(a, key=lambda x: (-x.b, x.c))"),
        ("sort_key", "    return sorted(a, key=lambda x: (x.b, x.c))",
         "    return sorted(a, key=lambda x: (x.c, x.b))"),
        ("sort_key", "    return max(a)", "    return max(a, key=len)"),
        ("sort_key_part", "    return sorted(a, key=lambda x: x[1])",
         "    return sorted(a, key=lambda x: (x[1], x[0]))"),
        ("time_unit", "    return a + timedelta(hours=b)", "    return a + timedelta(days=b)"),
        ("time_unit", "    return a.seconds / b", "    return a.total_seconds() / b"),
        ("near_attribute", "    return a.weekday", "    return a.isoweekday"),
        ("swap_arguments", "    return g(x=a, y=b)", "    return g(x=b, y=a)"),
        ("enumerate_start", "    return enumerate(a)", "    return enumerate(a, 1)"),
        ("round_digits", "    return round(a)", "    return round(a, 2)"),
        ("split_argument", "    return a.split('=')", "    return a.split('=', 1)"),
        ("missing_value", "    if not a:\n        return b", "    if a is None:\n        return b"),
        ("missing_value", "    return a or b", "    return (a if a is not None else b)"),
        ("copy_shared", "    return self.a", "    return dict(self.a)"),
        ("copy_shared", "    self.a = b or {}", "    self.a = dict(b or {})"),
        ("iterate_copy", "    for x in a:\n        a.remove(x)", "    for x in list(a):\n        a.remove(x)"),
        ("leave_branch", "    for x in a:\n        if x:\n            b()\n        g()",
         "    for x in a:\n        if x:\n            b()\n            continue\n        g()"),
        ("leave_branch", "    for x in a:\n        return", "    for x in a:\n        continue"),
        ("move_out", "    for x in a:\n        b()\n        g()", "    b()\n    for x in a:\n        g()"),
        ("move_in", "    b()\n    if a:\n        g()", "    if a:\n        b()\n        g()"),
        ("count_per_key", "    a[b] = 1", "    a[b] = a.get(b, 0) + 1"),
        ("count_per_key", "    a[b].append(1)", "    a.setdefault(b, []).append(1)"),
        ("caught_too", "    try:\n        a()\n    except KeyError:\n        b()",
         "    try:\n        a()\n    except (KeyError, ValueError):\n        b()"),
        ("insert_append", "    for x in b:\n        y = x\n", "    for x in b:\n        y = x\n        a.append(y)\n"),
    ],
)  # fmt: skip
def test_an_edit_of_each_kind(kind, before, after):
    head = "def f(a, b):\n"
    made = {text.rstrip("\n") for text in results(f"{head}{before}\n")[kind]}
    assert (head + after).rstrip("\n") in made


STOCK = """class Missing(Exception): ...
class StockError(Exception): ...


class Stock:
    def __init__(self):
        self.items = []
        self.total = None

    def add(self, item):
        self.items.append(item)
        self.total = None

    def drop(self, thing):
        self.items.remove(thing)
"""


def test_a_forgotten_update_is_taken_from_another_method():
    made = results(STOCK, "Stock.drop")["repeat_statement"]
    assert f"{STOCK}        self.total = None\n" in made
    assert f"{STOCK}        self.items.append(thing)\n" in made


def test_an_exception_of_the_file_may_be_meant():
    text = f"{STOCK}\ndef f():\n    raise Missing('x')\n"
    assert text.replace("raise Missing", "raise StockError") in results(text)["other_exception"]


def test_an_edit_is_found_once_however_it_is_written():
    text = "def f(a):\n    return a[1:]\n"
    suspect = Suspect(path="m.py", qualname="f", start=1, end=2, score=1.0, lines=())
    order = ranked(candidates_in(open_source("m.py", text), suspect), limit=1000, texts={"m.py": text})
    made = [apply(text, c.spans) for c in order]
    assert len(made) == len(set(made))


def test_a_shared_default_is_made_anew():
    text = 'def f(a, seen=[]):\n    """Doc."""\n    seen.append(a)\n    return seen\n'
    guard = "    if seen is None:\n        seen = []\n"
    fresh = f'def f(a, seen=None):\n    """Doc."""\n{guard}    seen.append(a)\n    return seen\n'
    assert results(text)["mutable_default"] == {fresh}


def test_nothing_outside_the_edit_moves():
    text = "def f( a,b ):   # odd  layout\r\n\treturn  a<b   # é and more\r\n"
    assert "def f( a,b ):   # odd  layout\r\n\treturn  a<=b   # é and more\r\n" in results(text)["compare_boundary"]


def test_columns_are_counted_in_characters():
    text = "def f(a, b):\n    return 'é' + a.upper()\n"
    assert "def f(a, b):\n    return 'é' + a.lower()\n" in results(text)["near_method"]


EVERYTHING = '''
import os

LIMIT = 10
TABLE = {"a": [1, 2], "b": ()}


class Thing:
    size: int = 3

    @property
    def area(self) -> float:
        """What it covers."""
        with open(os.devnull) as file:
            text = f"{self.size:>{LIMIT}} {file.read()!r}"
        try:
            value = self.size ** 2 if text else -self.size
        except (ValueError, KeyError) as error:
            raise RuntimeError("bad") from error
        finally:
            print(value)
        return value

    def each(self, *args, key=None, **rest):
        total, other = 0, []
        for i, arg in enumerate(args): total += i; other.append(arg)
        while total > 3 and not key:
            total -= 1
            if total == 5:
                continue
            elif total == 4:
                break
        else:
            other = [x for x in other if x]
        match total:
            case 0 | 1:
                return other[1:-1]
            case _:
                pass
        def inner(y=LIMIT):
            nonlocal total
            total = y; return {k: v for k, v in rest.items()}
        yield from sorted(inner(), key=lambda pair: pair[0])
        del other[0]
        assert total, "none"
'''


@pytest.mark.parametrize("qualname", ["Thing.area", "Thing.each", "<module>"])
def test_edits_of_real_code_parse(qualname):
    made = [text for texts in results(EVERYTHING, qualname).values() for text in texts]
    broken = 0
    for text in made:
        try:
            ast.parse(text)
        except SyntaxError:
            broken += 1
    assert len(made) > 30
    assert broken <= len(made) * 0.03


def test_every_kind_has_a_tier():
    kinds = {kind for name in ("Thing.area", "Thing.each", "<module>") for kind in results(EVERYTHING, name)}
    assert kinds <= TIERS.keys()


def test_likelier_kinds_at_more_suspicious_places_come_first():
    text = "def f(a, b):\n    if a < b:\n        return a\n    return b\n"
    suspect = Suspect(path="m.py", qualname="f", start=1, end=4, score=1.0, lines=((2, 0.5), (4, 1.0)))
    order = ranked(candidates_in(open_source("m.py", text), suspect), limit=1000)
    weights = [c.weight for c in order]
    assert weights == sorted(weights, reverse=True)
    assert (order[0].kind, order[0].line) in {("compare_boundary", 2), ("return_wrap", 4), ("other_name", 4)}
    first = {line: min(i for i, c in enumerate(order) if c.line == line and c.kind == "other_name") for line in (3, 4)}
    assert first[4] < first[3]


def test_the_limit_and_repetitions():
    text = "def f(a):\n    return a\n"
    suspect = Suspect(path="m.py", qualname="f", start=1, end=2, score=1.0, lines=())
    pool = list(candidates_in(open_source("m.py", text), suspect))
    order = ranked([*pool, *pool], limit=10)
    assert len(order) == 10
    assert len({c.spans for c in order}) == 10


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("src/app/core.py", True),
        ("src/core.py", True),
        ("other/core.py", False),
        ("src/tests/test_core.py", False),
        ("src/conftest.py", False),
    ],
)
def test_scope_and_protection(path, allowed):
    protected = ("**/test_*.py", "**/conftest.py", "tests/**")
    assert may_change(path, scope=("src/**",), protected=protected) is allowed
