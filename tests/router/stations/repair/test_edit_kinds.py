"""One example of each kind of edit that looks at the file, the class or the failing test, not only at its own node."""

import textwrap

import pytest

from codergen.tools.locate import Suspect
from router.stations.repair.edits import apply, candidates_in
from router.stations.repair.hints import Hints, hints_of
from router.stations.repair.prior import TIERS
from router.stations.repair.source import open_source


def results(text, qualname="f", hints=None):
    """kind -> texts that one edit can make of the function."""
    source = open_source("m.py", text)
    end = len(text.splitlines())
    suspect = Suspect(path="m.py", qualname=qualname, start=1, end=end, score=1.0, lines=())
    found = {}
    hints = hints or hints_of("", [source.tree])
    for candidate in candidates_in(source, suspect, hints):
        assert candidate.kind in TIERS
        found.setdefault(candidate.kind, set()).add(apply(text, candidate.spans))
    return found


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("date_format", 'g(a, "%d.%m")', 'g(a, "%d.%M")'),
        ("string_family", 'g(a, "ascii")', 'g(a, "utf-8")'),
        ("brackets", "a or b and c", "(a or b) and c"),
        ("brackets", "(a or b) and c", "a or (b and c)"),
        ("brackets", "(a or b) and c", "a or b and c"),
        ("brackets", "not a and b", "not (a and b)"),
        ("brackets", "not (a or b)", "not a or b"),
        ("brackets", "a + b if c else 0", "a + (b if c else 0)"),
        ("brackets", 'a == "x" or "y"', 'a in ("x", "y")'),
        ("other_type", "isinstance(a, list)", "isinstance(a, (list, tuple))"),
        ("other_type", "isinstance(a, (list, str))", "isinstance(a, str)"),
        ("ceiling", "a // b", "-(-a // b)"),
        ("ceiling", "a // b + 1", "-(-a // b)"),
        ("sized_value", "a - b", "abs(a - b)"),
        ("merge_order", "{**a, **b}", "{**b, **a}"),
        ("merge_order", '{**a, "k": b}', '{"k": b, **a}'),
        ("merge_order", "a | b", "b | a"),
        ("swap_elements", "{k: v for k, v in a}", "{v: k for k, v in a}"),
        ("swap_elements", "(a, b, c)", "(a, c, b)"),
        ("missing_default", "a.pop(b)", "a.pop(b, None)"),
        ("missing_default", "max(a)", "max(a, default=0)"),
        ("prefix_call", "a.split()", "a.lower().split()"),
        ("or_default", "a", "a or []"),
        ("near_method", 'a.lstrip("x")', 'a.removeprefix("x")'),
        ("usual_number", "a * 600", "a * 60"),
        ("format_spec", 'f"{a}" + f"{b:b}"', 'f"{a:b}" + f"{b:b}"'),
        ("copy_shared", "(x for x in a)", "[x for x in a]"),
    ],
)
def test_an_edit_of_a_value(kind, old, new):
    found = results(f"def f(a, b, c):\n    return {old}\n")
    assert f"def f(a, b, c):\n    return {new}\n" in found[kind]


CLASS = """\
class Box(Base):
    held = []
    LIMIT = 3

    def __init__(self, rate):
        self.rate = rate
        self.kept = {}

    def clean(self, name):
        if not name:
            return None
        return name.strip()

    def f(self, name, rate):
        if name in self.kept:
            self.kept[name] = rate
        return REPLACED
"""


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("other_attribute", "self.kept", "self.rate"),
        ("self_attribute", "rate", "self.rate"),
        ("self_attribute", "self.rate", "rate"),
        ("wrap_own", "g(name)", "g(self.clean(name))"),
        ("condition_elsewhere", "name if rate else 0", "name if rate and name in self.kept else 0"),
        ("condition_elsewhere", "[x for x in name]", "[x for x in name if not name]"),
    ],
)
def test_what_the_class_has_is_used(kind, old, new):
    found = results(CLASS.replace("REPLACED", old), "Box.f")
    assert CLASS.replace("REPLACED", new) in found[kind]


def test_a_guard_of_another_method_is_repeated():
    found = results(CLASS, "Box.f")
    start = "    def f(self, name, rate):\n"
    assert CLASS.replace(start, f"{start}        if not name:\n            return None\n") in found["guard_elsewhere"]


def test_a_list_on_the_class_becomes_the_instances_own():
    found = results(CLASS, "Box.__init__")
    start = "    def __init__(self, rate):\n"
    assert CLASS.replace(start, f"{start}        self.held = []\n") in found["own_instance"]
    assert CLASS.replace(start, f"{start}        super().__init__(rate)\n") in found["call_base"]


def body(old, new, kind, before="", hints=None):
    """Whether the function's body, one line or several, can become another one."""
    texts = [f"{before}def f(a, b):\n{textwrap.indent(code, '    ')}\n" for code in (old, new)]
    return texts[1] in results(texts[0], hints=hints).get(kind, ())


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("if_while", "if a > b:\n    a -= 1", "while a > b:\n    a -= 1"),
        ("if_while", "while a > b:\n    a -= 1", "if a > b:\n    a -= 1"),
        ("elif_if", "if a:\n    b = 1\nif b:\n    g()", "if a:\n    b = 1\nelif b:\n    g()"),
        ("break_continue", "for x in a:\n    if x:\n        pass", "for x in a:\n    if x:\n        continue"),
        ("loop_guard", "for x in a:\n    g(x)", "for x in a:\n    if x in b:\n        continue\n    g(x)"),
        ("statement_move", "a = g(b)\nb = 1\nc = 2\nreturn c", "b = 1\nc = 2\na = g(b)\nreturn c"),
        ("late_binding", "for x in a:\n    b.append(lambda: x)", "for x in a:\n    b.append(lambda x=x: x)"),
        ("late_binding", "for x in a:\n    b.append(lambda y: x)", "for x in a:\n    b.append(lambda y, x=x: x)"),
        ("outer_name", "def g():\n    a += 1\ng()", "def g():\n    nonlocal a\n    a += 1\ng()"),
        ("unused_name", "return g(a)", "return g(a, b)"),
        ("unused_name", "return a + 3", "return a + b"),
    ],
)
def test_an_edit_of_a_statement(kind, old, new):
    assert body(old, new, kind)


def test_a_collecting_parameter_is_handed_on_with_its_star():
    text = "def f(a, *rest):\n    return g(a)\n"
    assert "def f(a, *rest):\n    return g(a, *rest)\n" in results(text)["unused_name"]


def test_a_name_of_the_module_is_set_there():
    assert body("COUNT = COUNT + a", "global COUNT\nCOUNT = COUNT + a", "outer_name", before="COUNT = 0\n")


def test_an_argument_of_its_name_is_handed_on():
    before = "def area(width, height=1, b=2):\n    return width * height * b\n\n\n"
    assert body("return area(a)", "return area(a, b=b)", "pass_argument", before=before)
    assert not body("return area(a, 3, 4)", "return area(a, 3, 4, b=b)", "pass_argument", before=before)


def test_another_function_or_constant_of_the_file():
    before = "LOW = 1\nHIGH = 2\n\n\ndef one(x):\n    return x\n\n\ndef two(x):\n    return x\n\n\n"
    assert body("return one(a)", "return two(a)", "other_function", before=before)
    assert body("return a + LOW", "return a + HIGH", "other_global", before=before)


def test_a_string_takes_the_piece_that_the_test_expected():
    hints = Hints(texts=(("a-b", "a_b"),))
    assert body('return "-".join(a)', 'return "_".join(a)', "expected_text", hints=hints)
    assert body("return f'{a}-{b}'", "return f'{a}_{b}'", "expected_text", hints=hints)


def test_a_number_moves_by_the_difference_that_the_test_saw():
    hints = Hints(numbers=((70, 75),))
    assert body("return a + 20", "return a + 25", "expected_number", hints=hints)
    assert not body("return a + True", "return a + 6", "expected_number", hints=hints)


def test_an_error_that_a_test_waits_for_is_raised():
    hints = Hints(missing_errors=("ValueError",))
    new = 'if a < 0:\n    raise ValueError(f"invalid a: {a!r}")\nreturn a'
    assert body("return a", new, "error_guard", hints=hints)
    assert not body("return a", new, "error_guard")


def test_a_variable_without_a_value_gets_a_first_one():
    hints = Hints(unbound=("n",))
    new = "n = 0\nfor x in a:\n    n += x\nreturn n"
    assert body("for x in a:\n    n += x\nreturn n", new, "missing_initial", hints=hints)


def test_a_default_is_as_suspicious_as_its_function():
    source = open_source("m.py", 'def f(a, sep="-", strict=False):\n    return sep.join(a)\n')
    suspect = Suspect(path="m.py", qualname="f", start=1, end=2, score=0.8, lines=((2, 0.8),))
    changed = {apply(source.text, c.spans): c for c in candidates_in(source, suspect) if c.line == 1}
    found = changed['def f(a, sep="-", strict=True):\n    return sep.join(a)\n']
    assert (found.kind, found.suspicion, found.place) == ("bool_constant", 0.8, None)
