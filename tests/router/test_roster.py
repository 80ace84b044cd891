import pytest

from router import roster
from router.errors import RosterError
from router.roster import Entry, Roster

FAST = Entry(name="fast", kind="codergen/plain", model="openai:gpt-6-luna")
CLI = Entry(name="claude-code", kind="claude-code", executable='/opt/a "b"/claude', enabled=False)


def test_what_is_written_is_read(tmp_path):
    roster.write(tmp_path / "new" / "stations.toml", Roster(entries=(CLI, FAST)))
    assert roster.read(tmp_path / "new" / "stations.toml") == Roster(entries=(CLI, FAST))


def test_no_file_is_no_roster(tmp_path):
    assert roster.read(tmp_path / "stations.toml") is None


def test_a_kind_is_its_own_name_by_default(tmp_path):
    (tmp_path / "s.toml").write_text('[[station]]\nname = "repair"\n')
    assert roster.read(tmp_path / "s.toml").entries == (Entry(name="repair", kind="repair"),)


def test_putting_keeps_the_place_of_a_namesake():
    both = Roster().put(CLI).put(FAST)
    assert [e.name for e in both.set_aside("claude-code", enabled=True).entries] == ["claude-code", "fast"]
    assert both.set_aside("claude-code", enabled=True).find("claude-code").enabled
    assert both.drop("claude-code").entries == (FAST,)
    assert both.set_aside("nobody", enabled=False) == both


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[[station]]\n", "number 1: no name"),
        ('[[station]]\nname = "a"\ncolour = 1\n', "unknown colour"),
        ('[[station]]\nname = "a"\nenabled = "yes"\n', "enabled = 'yes'"),
        ('[[station]]\nname = "a"\nmodel = 3\n', "model = 3"),
        ('[[station]]\nname = "a"\n[[station]]\nname = "a"\n', "two stations are named 'a'"),
        ("station = 3\n", "[[station]]"),
        ("other = 3\n", "[[station]]"),
        ("[[", "s.toml"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(text, named, tmp_path):
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(RosterError) as caught:
        roster.read(tmp_path / "s.toml")
    assert named in str(caught.value)
