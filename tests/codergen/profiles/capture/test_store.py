"""Captures on disk: the newest two, readable by their owner only."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from codergen.errors import UsageError
from codergen.profiles.capture.observe import Text
from codergen.profiles.capture.store import Captured, Miss, folder, load, save

ONE = Captured(
    family="claude",
    version="1.0.0",
    dated=date(2026, 11, 22),
    model="m",
    params={"max_tokens": 9, "thinking": {"type": "adaptive"}},
    texts=(Text(place="system[2]", text="how"),),
    tools=({"name": "Bash"},),
    wording={"Read.ok": "{text}"},
    calls=3,
    misses=(Miss(call="Nope {}", why="structure", ours="a", theirs="b"),),
    lacking=("Workflow",),
)


def test_the_one_before_stays_beside_the_newest(tmp_path: Path) -> None:
    assert load(tmp_path, "claude") is None
    path = save(tmp_path, ONE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert (load(tmp_path, "claude"), load(tmp_path, "claude", before=True)) == (ONE, None)
    two = replace(ONE, version="1.1.0")
    save(tmp_path, two)
    assert (load(tmp_path, "claude"), load(tmp_path, "claude", before=True)) == (two, ONE)


def test_a_damaged_capture_names_itself_and_the_way_out(tmp_path: Path) -> None:
    save(tmp_path, ONE)
    path = folder(tmp_path, "claude") / "captured.json"
    path.write_text("{")
    with pytest.raises(UsageError, match=r"captured\.json cannot be read(.|\n)*codergen profile capture claude"):
        load(tmp_path, "claude")
