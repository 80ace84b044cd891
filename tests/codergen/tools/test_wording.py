"""What tools say: rendered, compared in structure, and learned from a vendor's words."""

import pytest

from codergen.tools.wording import Wording, said

OURS = Wording(
    {
        "Read.missing": "«There is no such file; you are in {cwd}.»",
        "Edit.several": "<error>«The text is there {count} times.»\nString: {old}</error>",
        "Exec.ok": "Chunk ID: {chunk}\nOutput:\n{output}",
        "Braces": "{} {A} {a",
        "Headers": "«Not a header:» '{{path}' {path}",
    },
    {"chunk": "[0-9a-f]{6}"},
)


def test_marks_of_prose_are_not_shown() -> None:
    assert OURS.text(said("Edit.several", count=4, old="a«b»")) == (
        "<error>The text is there 4 times.\nString: a«b»</error>"
    )
    assert OURS.text(said("Braces")) == "{} {A} {a"


@pytest.mark.parametrize("missing", [said("Nothing"), said("Edit.several", count=1)])
def test_what_is_not_there_is_named(missing: object) -> None:
    with pytest.raises(KeyError):
        OURS.text(missing)  # pyright: ignore[reportArgumentType]


def test_a_vendors_words_are_learned_with_their_fields_as_holes() -> None:
    case = said("Edit.several", count=4, old="a")
    learned = OURS.learn(case, "<error>Found 4 matches, but one is wanted.\nString: a</error>")
    assert learned == "<error>Found {count} matches, but one is wanted.\nString: {old}</error>"
    again = Wording({"Edit.several": learned})
    text = again.text(said("Edit.several", count=2, old="x"))
    assert text == "<error>Found 2 matches, but one is wanted.\nString: x</error>"


def test_braces_of_a_vendor_are_no_fields() -> None:
    learned = OURS.learn(said("Read.missing", cwd="/w"), "No. Say '{path}' in /w, or {{x}}.")
    assert learned is not None
    assert (
        Wording({"Read.missing": learned}).text(said("Read.missing", cwd="/v")) == "No. Say '{path}' in /v, or {{x}}."
    )


def test_braces_of_ours_are_no_fields_in_what_is_learned() -> None:
    learned = OURS.learn(said("Headers", path="/w"), "That is none: '{path}' /w")
    assert learned is not None
    assert Wording({"Headers": learned}).text(said("Headers", path="/v")) == "That is none: '{path}' /v"


def test_another_structure_is_not_learned() -> None:
    assert OURS.learn(said("Edit.several", count=4, old="a"), "Found 4 matches.\nString: a") is None
    assert OURS.learn(said("Edit.several", count=4, old="a"), "<error>Found 4.\nString: b</error>") is None


def test_what_differs_each_time_is_held_by_its_pattern_only() -> None:
    case = said("Exec.ok", chunk="000000", output="x\n")
    assert OURS.learn(case, "Chunk ID: 1c24a7\nOutput:\nx\n") == "Chunk ID: {chunk}\nOutput:\n{output}"
    assert OURS.learn(case, "Chunk ID: none\nOutput:\nx\n") is None


def test_braces_that_are_structure_stay_text_once_learned() -> None:
    wording = Wording({"Patch.header": "'{text}' «is no header; this is one:» '*** Add File: {{path}'"})
    told = said("Patch.header", text="x")
    learned = wording.learn(told, "'x' isn't valid: '*** Add File: {path}'")
    assert learned is not None
    assert Wording({"Patch.header": learned}).gives(told, "'x' isn't valid: '*** Add File: {path}'")
