import pytest

from outline import contents, count, parse

TEXT = "Intro\nUse\n.Install\n.Run\n"


def test_contents_show_all_levels():
    assert contents(parse(TEXT)) == ["1 Intro", "2 Use", "2.1 Install", "2.2 Run"]


def test_first_level_only():
    assert contents(parse(TEXT), levels=1) == ["1 Intro", "2 Use"]


def test_count():
    assert count(parse(TEXT)) == 4


def test_skipped_level():
    with pytest.raises(ValueError, match="skips"):
        parse("A\n..B")
