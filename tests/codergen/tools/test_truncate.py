"""Both bounds hold, and what was cut is always said."""

import re

from hypothesis import given
from hypothesis import strategies as st

from codergen.tools.truncate import ROOM, Cut, Keep, truncate

MARKER = re.compile(r"\[\.\.\. ([\d,]+) characters cut here; .* \.\.\.\]")
KEEPS: list[Keep] = ["head_tail", "tail", "head"]
texts = st.text(alphabet="ab \n\r\u2028é", max_size=2_000) | st.lists(
    st.text(alphabet="xyz", max_size=90), max_size=60
).map("\n".join)
cuts = st.builds(
    Cut,
    chars=st.integers(min_value=ROOM, max_value=1_500),
    lines=st.none() | st.integers(min_value=3, max_value=40),
    keep=st.sampled_from(KEEPS),
)


def lines(text: str) -> int:
    return len(text.removesuffix("\n").split("\n"))


@given(texts, cuts)
def test_both_bounds_hold(text: str, cut: Cut) -> None:
    shown = truncate(text, cut).text
    assert len(shown) <= cut.chars
    assert cut.lines is None or lines(shown) <= cut.lines


@given(texts, cuts)
def test_cut_text_has_one_marker_with_the_true_count_and_the_right_ends(text: str, cut: Cut) -> None:
    result = truncate(text, cut)
    if not result.removed:
        assert result.text == text
        return
    head, said, tail = MARKER.split(result.text)
    assert int(said.replace(",", "")) == result.removed
    kept = len(text) - result.removed
    assert any(
        text.startswith(h) and text.endswith(t) and len(h) + len(t) == kept
        for h in (head, head.removesuffix("\n"))
        for t in (tail, tail.removeprefix("\n"))
    )
    assert not tail if cut.keep == "head" else True
    assert not head if cut.keep == "tail" else True


def test_marker_survives_the_line_cut() -> None:
    text = "\n".join("x" * 80 for _ in range(2_000))
    result = truncate(text, Cut(chars=30_000, lines=256))
    assert len(MARKER.findall(result.text)) == 1
    assert lines(result.text) == 256
    assert result.text.count("x" * 80) == 255


def test_short_text_is_untouched() -> None:
    assert truncate("a\nb\n", Cut(chars=120, lines=3)).text == "a\nb\n"
