"""What is closed stays closed by every way that leads there."""

from pathlib import Path

import pytest

from codergen.errors import FileRefused
from codergen.sandbox.files import Workspace


@pytest.mark.parametrize("way", ["held/x", "by/x", "by/new/x", "to_file", "deep/../by/x", "to_to_file"])
def test_no_link_leads_into_a_closed_folder(tmp_path: Path, way: str) -> None:
    (tmp_path / "held").mkdir()
    (tmp_path / "deep").mkdir()
    (tmp_path / "held" / "f").write_text("kept")
    (tmp_path / "by").symlink_to("held")
    (tmp_path / "to_file").symlink_to("held/f")
    (tmp_path / "to_to_file").symlink_to(tmp_path / "to_file")
    workspace = Workspace.hold(tmp_path, str(tmp_path), closed=("held",))
    try:
        with pytest.raises(FileRefused):
            workspace.write(way, b"lost", 0o644)
        workspace.write("deep/y", b"fine", 0o644)
    finally:
        workspace.close()
    assert [(f.name, f.read_text()) for f in (tmp_path / "held").iterdir()] == [("f", "kept")]
