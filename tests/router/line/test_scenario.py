"""What counts as a scenario, and how it is laid out."""

from pathlib import Path

import pytest

from router.errors import PacketError
from router.line.canary import PlantedFile
from router.line.scenario import lay_scenario, read_scenario


def test_a_folder_with_pytest_files_is_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "test_x.py").write_text("def test_x(): pass\n")
    (tmp_path / "notes.md").write_text("why")
    scenario = read_scenario(tmp_path)
    assert (scenario.name, scenario.kind) == (tmp_path.name, "pytest")
    assert scenario.sources() == {"deep/test_x.py": "def test_x(): pass\n"}


def test_an_executable_check_is_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "check").write_text("#!/bin/sh\n")
    with pytest.raises(PacketError):
        read_scenario(tmp_path)
    (tmp_path / "check").chmod(0o755)
    assert read_scenario(tmp_path).kind == "check"


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_anything_else_is_one_readable_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(PacketError, match="an executable named `check`"):
        read_scenario(tmp_path / name)


def test_it_is_laid_out_with_its_twins_and_a_configuration_of_its_own(tmp_path: Path) -> None:
    source, dest = tmp_path / "source", tmp_path / "dest"
    source.mkdir()
    (source / "test_x.py").write_text("original")
    (source / "data.txt").write_text("data")
    planted = PlantedFile(path="test_x.py", text="with twins", canaries=())
    lay_scenario(read_scenario(source), dest, (planted,))
    assert {p.name: p.read_text() for p in dest.iterdir()} == {
        "test_x.py": "with twins",
        "data.txt": "data",
        "pytest.ini": "[pytest]\n",
    }
    assert (source / "test_x.py").read_text() == "original"
