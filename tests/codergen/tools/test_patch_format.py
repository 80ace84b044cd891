"""Patches of our own, with what the vendor's program (codex-cli 0.169.0) was measured to make of them."""

import json
from pathlib import Path

import pytest

from codergen.tools.patch_format import Add, PatchError, Update, parse
from codergen.tools.patch_lines import NotThere, patched
from codergen.tools.patch_plan import Unreadable, needed, plan, touched
from evals.accept.patch_cases import KINDS, Case, cases
from evals.accept.patch_differential import Answer, differ, ours

MEASURED = json.loads(Path(__file__).with_name("patch_measured.json").read_text(encoding="utf-8"))


def data(files):
    return {name: text.encode("utf-8", "surrogateescape") for name, text in files.items()}


@pytest.mark.parametrize("measured", MEASURED, ids=lambda measured: measured["name"])
def test_a_patch_does_what_it_does_for_the_vendor(measured):
    case = Case(number=0, kind=measured["name"], files=data(measured["files"]), patch=measured["patch"])
    expected = Answer(
        accepted=measured["accepted"],
        files=data(measured["after"]),
        told=tuple(measured["told"]),
        line=measured["line"],
    )
    answer = ours(case)
    assert differ(expected, answer) == "", answer.why


def test_the_generator_gives_the_same_cases_for_a_seed():
    first, again, other = (list(cases(seed, 2 * len(KINDS))) for seed in (1, 1, 2))
    assert first == again != other
    assert [case.kind for case in first] == [*KINDS, *KINDS]


def test_a_difference_is_named():
    one = Answer(accepted=True, files={"a": b"1"}, told=("M a",))
    assert differ(one, one) == ""
    assert differ(one, Answer(accepted=False, files={"a": b"2"}, line=3)) == "accepted, files, told, line"


PATCH = """*** Begin Patch
*** Add File: n.txt
+new
*** Update File: a.txt
*** Move to: b.txt
@@ hint
 kept
-gone
+come
*** End of File
*** Delete File: n.txt
*** End Patch
"""


def test_a_patch_is_read_into_what_it_asks_for():
    add, update, delete = parse(PATCH)
    assert isinstance(add, Add)
    assert isinstance(update, Update)
    assert (add.path, add.text) == ("n.txt", "new\n")
    assert (update.path, update.moved, update.line) == ("a.txt", "b.txt", 4)
    assert (update.chunks[0].hint, update.chunks[0].old, update.chunks[0].at_end) == ("hint", ["kept", "gone"], True)
    assert delete.path == "n.txt"


def test_what_a_patch_needs_and_touches():
    hunks = parse(PATCH)
    assert needed(hunks, "/w") == ("/w/a.txt", "/w/n.txt")
    assert touched(hunks) == ("n.txt", "a.txt", "b.txt")


def test_a_plan_sees_its_own_effects_and_stops_at_a_fault():
    hunks = parse(PATCH)
    done = plan(hunks, {"/w/a.txt": "hint\nkept\ngone\n", "/w/n.txt": Unreadable(why="no")}, "/w")
    assert done.fault is None
    assert [(effect.path, effect.text) for effect in done.effects] == [
        ("/w/n.txt", "new\n"), ("/w/b.txt", "hint\nkept\ncome\n"), ("/w/a.txt", None), ("/w/n.txt", None),
    ]  # fmt: skip
    assert done.told == ("A n.txt", "M b.txt", "D n.txt")
    stopped = plan(hunks, {"/w/a.txt": "other\n", "/w/n.txt": Unreadable(why="no")}, "/w")
    assert stopped.fault is not None
    assert (stopped.fault.why, stopped.fault.path, stopped.fault.text) == ("hint", "/w/a.txt", "hint")


def test_errors_say_what_and_where():
    with pytest.raises(PatchError) as wrong:
        parse("*** Begin Patch\n*** Update File: a\n@@\n*** End Patch")
    assert (wrong.value.wrong, wrong.value.line) == ("empty_hunk", 4)
    (hunk,) = parse("*** Begin Patch\n*** Update File: a\n-x\n*** End Patch")
    assert isinstance(hunk, Update)
    with pytest.raises(NotThere) as missing:
        patched("y\n", hunk.chunks)
    assert (missing.value.what, missing.value.text) == ("lines", "x")
