import importlib.util
import sys

import pytest

from codergen.tools.check import INSIDE
from router.stations.repair.compare import SplittingInput, group, lead
from router.stations.repair.edits import Candidate
from router.stations.repair.search import Patch, Trial, promising
from router.stations.repair.source import Place, Span


@pytest.fixture(scope="module")
def mutate():
    spec = importlib.util.spec_from_file_location("mutate_inputs", INSIDE / "mutate_inputs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("mutate_inputs", None)


def split(call, *outcomes, recorded=False):
    return SplittingInput(call=call, recorded=recorded, outcomes=list(outcomes))


def test_the_question_splits_most_evenly():
    found = group([split("f(1)", "a", "a", "a", "b"), split("f(2)", "a", "a", "b", "b")], 4, compared=20)
    assert found.groups == ((0, 1), (2,), (3,))
    assert found.split == split("f(2)", "a", "a", "b", "b")
    assert found.compared == 20


def test_of_equal_questions_the_one_without_a_crash_then_the_shorter():
    crash, long, short = split("f(0)", "1", "raises KeyError"), split("f([1, 2])", "1", "2"), split("f(3)", "1", "2")
    assert group([crash, long, short], 2, compared=3).split == short
    assert group([crash], 2, compared=3).split == crash


def test_alike_is_one_group_without_a_question():
    found = group([], 3, compared=12)
    assert (found.groups, found.split) == (((0, 1, 2),), None)


def test_the_lead_is_the_first_groups_share_of_the_weight():
    found = group([split("f(1)", "a", "b", "a")], 3, compared=1)
    assert lead(found, [0.6, 0.1, 0.1]) == pytest.approx(0.875)


def test_values_near_a_value(mutate):
    assert mutate.variations(3) == [4, 2, 0, -3, 6]
    assert mutate.variations(True) == [False]
    assert mutate.variations(None) == []
    assert [1, 2] in mutate.variations([1, 2, 3])
    assert [] in mutate.variations([1])
    assert () in mutate.variations((1,))
    assert {"a": 2} in mutate.variations({"a": 1})
    assert all(type(new) is str for new in mutate.variations("ab"))


def test_one_argument_changes_at_a_time_and_the_instance_never(mutate):
    changes = mutate.changed_calls(["me", 1, "x"], {}, 1, {1: [7]})
    assert changes[0] == (["me", 7, "x"], {})
    assert all(args[0] == "me" for args, _ in changes)
    assert all((args[1] != 1) + (args[2] != "x") == 1 for args, _ in changes)


def test_boundaries_come_from_other_arguments_and_constants(mutate):
    firsts = [args[0] for args, _ in mutate.changed_calls([3, 50], {}, 0, {}, (None, "x", 100))]
    assert {50, 100} <= set(firsts)
    assert "x" not in firsts


class Plain:
    def __init__(self):
        self.b, self.a = [1.0, 0.1 + 0.2], {"k": {2, 1}}


def test_descriptions_hold_no_addresses_and_no_rounding_noise(mutate):
    assert mutate.describe(Plain()) == "Plain(a={'k': {1, 2}}, b=[1.0, 0.3])"
    assert mutate.describe((1,)) == "(1,)"
    assert mutate.describe(test_alike_is_one_group_without_a_question).endswith("_question>")
    assert len(mutate.describe("x" * 1000)) == mutate.TEXT_LIMIT
    assert mutate.describe_call("Plain.put", [Plain(), 3], {"key": "v"}, True).endswith(".put(3, key='v')")


def trial(line, *, fixed=0, failure="E 1", outcome="failed"):
    candidate = Candidate(
        path="m.py", spans=(Span(line, line, "x"),), kind="other_name", line=line, suspicion=1.0, place=Place(1, "f")
    )
    return Trial(patch=Patch(edits=(candidate,)), outcome=outcome, fixed=fixed, failure=failure, at="t")


def test_promising_edits_repaired_a_test_or_moved_the_failure():
    trials = [trial(1), trial(2, failure="E 2"), trial(3, fixed=2, failure="E 3"), trial(4, failure="E 2")]
    chosen = promising([*trials, trial(5, outcome="hang")], {"t": "E 1"}, limit=8)
    assert [t.patch.edits[0].line for t in chosen] == [3, 2]
