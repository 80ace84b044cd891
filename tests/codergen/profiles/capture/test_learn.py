"""A vendor's wording, learned from the same calls."""

from codergen.profiles.capture.learn import Theirs, learn, table
from codergen.profiles.capture.scratch import StandardCall
from codergen.tools.base import ToolResult
from codergen.tools.wording import Wording, said

WORDS = Wording(
    {"Read.missing": "«Nothing at {path}.»", "Read.ok": "{text}", "Edit.no": "<e>«Not there.»\n{old}</e>"},
    {"id": "[0-9]+"},
)


def ours(case: str, *, is_error: bool | None = None, **fields: object) -> ToolResult:
    what = said(case, **fields)
    return ToolResult(content=WORDS.text(what), said=what, is_error=is_error)


def call(name: str) -> StandardCall:
    return StandardCall(name=name, arguments="{}")


def test_rows_tell_how_far_we_are_from_the_vendor() -> None:
    answers = [
        ours("Read.missing", path="/w/a.txt", is_error=True),
        ours("Read.missing", path="/w/b.txt", is_error=True),
        ours("Read.ok", text="alpha\n"),
        ours("Edit.no", old="x", is_error=True),
        ours("Read.ok", text="1", is_error=True),
        ours("Read.ok", text="2"),
    ]
    theirs = [
        Theirs(text="File @CWD@/a.txt does not exist.", is_error=True),
        Theirs(text="No such file: @CWD@/b.txt", is_error=True),
        Theirs(text="alpha\n"),
        Theirs(text="Not found: x", is_error=True),
        Theirs(text="1", is_error=False),
        None,
    ]
    learned = learn(WORDS, [call("x")] * 6, answers, theirs, root="/w")
    assert learned.wording == {"Read.missing": "File {path} does not exist.", "Read.ok": "{text}"}
    assert [row.verdict for row in learned.rows] == ["same", "wording", "same", "structure", "error_flag", "missing"]
    assert table(learned.rows).startswith(
        "6 samples: structure equal 3 (50.0%), equal byte for byte once learned 2 (33.3%)"
    )
