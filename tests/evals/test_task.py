"""Task folders: what is read, what is refused and in which words, and the packet that a task becomes."""

import shutil
import tomllib
from pathlib import Path, PurePosixPath

import pytest

from codergen.errors import UsageError
from evals.task import Function, Task, TaskError, load_suite, load_task, packet_toml
from router.packet import TaskPacket
from router.packet_file import load_packet

SUITE = Path(__file__).parents[2] / "evals" / "suites" / "repairs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SUITE / "pagecount", tmp_path / "pagecount"))


def test_task_is_read(folder: Path) -> None:
    task = load_task(folder)
    assert (task.slug, task.kind, task.one_edit, task.lines) == ("pagecount", "integer_division", True, 5)
    assert task.buggy_functions == (Function(path=PurePosixPath("paging.py"), qualname="page_count"),)
    assert str(task.buggy_functions[0]) == "paging.py::page_count"
    assert task.instruction.startswith("The last page")
    assert (task.repository / "paging.py").is_file()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("one_edit = true\n", "", "metadata.one_edit: Field required"),
        ("one_edit = true", "one_edit = 'perhaps'", "metadata.one_edit"),
        ('version = "1.0"', 'version = "9"', "version"),
        ("paging.py::page_count", "page_count", "metadata.buggy_function.0"),
        ("paging.py::page_count", "paging.py::pages", "there is no paging.py::pages"),
        ("[public]", "[public]\ncolour = 1", "public.colour"),
        ("[public]", "[public", "not TOML"),
    ],
)
def test_bad_facts_are_named(folder: Path, old: str, new: str, words: str) -> None:
    path = folder / "task.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(TaskError) as caught:
        load_task(folder)
    assert words in str(caught.value)
    assert str(folder) in str(caught.value)
    assert isinstance(caught.value, UsageError)


@pytest.mark.parametrize("part", ["task.toml", "instruction.md", "solution/fix.patch", "tests", "environment/repo"])
def test_missing_parts_are_named(folder: Path, part: str) -> None:
    path = folder / part
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    with pytest.raises(TaskError) as caught:
        load_task(folder)
    assert part in caught.value.problem


def test_history_in_the_repository_is_refused(folder: Path) -> None:
    (folder / "environment/repo/.git").mkdir()
    with pytest.raises(TaskError, match=r"holds a \.git"):
        load_task(folder)


def test_suite_is_sorted_and_never_empty(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "another")
    (tmp_path / "notes").mkdir()
    assert [task.slug for task in load_suite(tmp_path)] == ["another", "pagecount"]
    with pytest.raises(TaskError, match="holds no task"):
        load_suite(tmp_path / "notes")
    with pytest.raises(TaskError, match="not a folder"):
        load_suite(tmp_path / "absent")


def test_packet_says_what_a_job_needs_and_no_more(folder: Path, tmp_path: Path) -> None:
    (folder / "instruction.md").write_text('Odd "ticket" \\ with\ttabs, 日本 \U0001f600 and \x7f\n\nsecond paragraph\n')
    task = load_task(folder)
    text = packet_toml(task, repository=tmp_path / "made")
    packet = TaskPacket.model_validate(tomllib.loads(text))
    assert packet.intent == task.instruction
    assert (packet.task_class, packet.language) == ("bugfix", "python")
    assert (packet.repository.path, packet.repository.base) == (tmp_path / "made", "HEAD")
    assert [check.command for check in packet.validation.checks] == [task.check]
    assert packet.validation.scenarios == (task.scenarios,)
    assert (packet.source.kind, packet.source.ref) == ("eval", "pagecount")
    assert packet.limits.attempt_seconds == task.agent_timeout_s
    for secret in ("integer_division", "page_count", "fix.patch"):
        assert secret not in text


@pytest.mark.parametrize("task", load_suite(SUITE), ids=lambda task: task.slug)
def test_every_task_makes_a_packet(task: Task, tmp_path: Path) -> None:
    path = tmp_path / "packet.toml"
    path.write_text(packet_toml(task, repository=Path("workspace")), encoding="utf-8")
    packet = load_packet(path)
    assert packet.intent == task.instruction
    assert packet.repository.path == (tmp_path / "workspace").resolve()
    assert packet.validation.scenarios == (task.scenarios.resolve(),)
