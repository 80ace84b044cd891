import pytest
from outline import Node, contents, count, depth, parse


@pytest.mark.parametrize(
    ("text", "levels"),
    [("", 0), ("A", 1), ("A\nB\nC", 1), ("A\n.B", 2), ("A\n.B\n..C\nD", 3), ("A\nB\n.C\n..D\n...E\n.F\nG", 4)],
)
def test_depth(text, levels):
    assert depth(parse(text)) == levels


def test_flat_contents():
    assert contents(parse("One\nTwo\nThree")) == ["1 One", "2 Two", "3 Three"]


def test_deep_contents():
    nodes = [Node("a", [Node("b", [Node("c")]), Node("d")]), Node("e")]
    assert contents(nodes) == ["1 a", "1.1 b", "1.1.1 c", "1.2 d", "2 e"]
    assert contents(nodes, levels=2) == ["1 a", "1.1 b", "1.2 d", "2 e"]


def test_empty():
    assert contents([]) == []
    assert contents([Node("x")], levels=0) == []
    assert (depth([]), count([])) == (0, 0)
