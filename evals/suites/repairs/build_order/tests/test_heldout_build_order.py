import pytest
from buildorder import CycleError, affected, build_order, read


def cycle(text, goals=None, work=build_order):
    caught = None
    try:
        work(read(text), goals)
    except CycleError as error:
        return error
    except RecursionError as error:  # its traceback takes seconds to print
        caught = type(error)
    pytest.fail(f"no CycleError but {caught}", pytrace=False)


def test_three():
    error = cycle("x: y\ny: z\nz: x\n")
    assert error.path == ["x", "y", "z", "x"]
    assert str(error) == "x -> y -> z -> x"


def test_itself():
    assert cycle("ok:\nme: ok me\n").path == ["me", "me"]


def test_what_leads_to_the_circle_is_left_out():
    assert cycle("all: docs app\ndocs:\napp: core docs\ncore: net\nnet: log core\nlog:\n").path == ["core", "net", "core"]


def test_by_goal():
    text = "a: b\nb: a\nc: d\nd:\n"
    assert cycle(text, ["d", "b"]).path == ["b", "a", "b"]
    assert build_order(read(text), ["c"]) == ["d", "c"]


def test_shared_dependencies_are_no_cycle():
    text = "top: left right base\nleft: base\nright: base left\nbase:\n"
    assert build_order(read(text)) == ["base", "left", "right", "top"]
    assert affected(read(text), "left") == ["left", "right", "top"]


def test_affected_with_a_cycle():
    assert cycle("a: b\nb: c\nc: b\n", "c", affected).path == ["b", "c", "b"]


def test_named_twice():
    assert build_order(read("a: b b\nb:\n"), ["a", "a", "b"]) == ["b", "a"]


def test_state_is_not_kept_between_calls():
    for _ in range(2):
        assert cycle("p: q\nq: p\nr:\n").path == ["p", "q", "p"]
    assert build_order(read("q: p\np:\n")) == ["p", "q"]
