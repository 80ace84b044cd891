"""What a session is told of where it begins, taken from a real repository on the host."""

import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from codergen.agent import skills
from codergen.agent.surroundings import STATUS_CHARS, User, bounded, gather, git_state, timezone
from codergen.profiles.surroundings import GitState, InstructionFile, Skill
from codergen.sandbox.base import Sandbox, SandboxSpec
from codergen.sandbox.host import HostSandbox

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
async def sandbox(workspace: Path) -> AsyncIterator[Sandbox]:
    sandbox = HostSandbox()
    await sandbox.start(SandboxSpec(workspace=workspace))
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def user(tmp_path: Path) -> User:
    for name in ("home/.claude", "home/.codex", "home/.gemini", "config"):
        (tmp_path / name).mkdir(parents=True)
    return User(home=tmp_path / "home", config=tmp_path / "config", environ={"TZ": "Europe/Paris"})


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    done = subprocess.run(("git", *who, *arguments), cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


async def test_a_repository_is_described(sandbox: Sandbox, workspace: Path, user: User) -> None:
    git(workspace, "init", "-q", "-b", "main")
    git(workspace, "config", "user.name", "Ada")
    (workspace / "a.txt").write_text("a")
    git(workspace, "add", ".")
    git(workspace, "commit", "-qm", "Begin")
    git(workspace, "checkout", "-qb", "topic")
    (workspace / "b.txt").write_text("b")
    gathered = await gather(sandbox, str(workspace), family="claude", user=user, now=NOW)
    here = gathered.surroundings
    commit = git(workspace, "rev-parse", "--short", "HEAD")
    assert here.git == GitState(
        branch="topic", main_branch="main", user="Ada", status="?? b.txt", commits=(f"{commit} Begin",)
    )
    assert (here.cwd, here.date, here.timezone) == (str(workspace), "2026-11-23", "Europe/Paris")
    assert (here.platform, here.os.split()[0], here.shell, here.sandbox) == ("linux", "Linux", "bash", "host")
    assert here.tree.split("\n") == [".git/", "a.txt", "b.txt"]
    assert gathered.warnings == ()


async def test_a_folder_that_is_no_repository(sandbox: Sandbox, workspace: Path, user: User) -> None:
    async def tree() -> str:
        return "a family's own"

    gathered = await gather(sandbox, str(workspace), family="other", user=user, now=NOW, tree=tree)
    assert (gathered.surroundings.git, gathered.surroundings.tree) == (None, "a family's own")


async def test_a_new_repository_has_a_branch_and_no_commits(sandbox: Sandbox, workspace: Path, user: User) -> None:
    git(workspace, "init", "-q", "-b", "trunk")
    here = (await gather(sandbox, str(workspace), family="plain", user=user, now=NOW)).surroundings
    assert here.git is not None
    assert (here.git.branch, here.git.main_branch, here.git.commits, here.git.status) == ("trunk", "", (), "")


def test_a_long_status_is_cut_at_a_line_and_says_so() -> None:
    status = "\n".join(f"?? file{number:04}" for number in range(500))
    state = git_state(["b", "m", "u", status, "1 a\n2 b"])
    lines = state.status.splitlines()
    assert len(state.status) < STATUS_CHARS + 100
    assert lines[-2].startswith("?? file") and len(lines[-2]) == len("?? file0000")
    assert lines[-1] == f"[... at least {500 - len(lines) + 1} more lines, cut here; `git status` shows them all ...]"


@pytest.mark.parametrize(
    ("family", "files", "expected"),
    [
        ("claude", ["CLAUDE.md", "AGENTS.md", "CLAUDE.local.md"], ["CLAUDE.md", "CLAUDE.local.md"]),
        ("claude", ["AGENTS.md", "GEMINI.md"], ["AGENTS.md"]),
        ("codex", ["CLAUDE.md", "AGENTS.md", "GEMINI.md"], ["AGENTS.md"]),
        ("codex", ["AGENTS.md", "AGENTS.override.md"], ["AGENTS.override.md"]),
        ("codex", ["CLAUDE.md"], []),
        ("gemini", ["CLAUDE.md", "AGENTS.md", "GEMINI.md"], ["GEMINI.md"]),
        ("plain", ["CLAUDE.md", "GEMINI.md"], ["CLAUDE.md"]),
        ("unheard-of", ["CLAUDE.md", "AGENTS.md"], ["AGENTS.md"]),
    ],
)
async def test_the_files_of_a_project_that_count(
    sandbox: Sandbox, workspace: Path, user: User, family: str, files: list[str], expected: list[str]
) -> None:
    for name in files:
        (workspace / name).write_text(f"{name}\n")
    found = (await gather(sandbox, str(workspace), family=family, user=user, now=NOW)).surroundings.instructions
    assert [(file.path, file.text) for file in found] == [(f"{workspace}/{name}", f"{name}\n") for name in expected]
    assert [file.scope for file in found] == ["local" if ".local." in name else "project" for name in expected]


@pytest.mark.parametrize(
    ("family", "files", "expected"),
    [
        ("claude", ["home/.claude/CLAUDE.md", "config/AGENTS.md"], "home/.claude/CLAUDE.md"),
        ("claude", ["home/.claude/CLAUDE.md", "config/CLAUDE.md"], "config/CLAUDE.md"),
        ("codex", ["home/.claude/CLAUDE.md", "home/.codex/AGENTS.md"], "home/.codex/AGENTS.md"),
        ("gemini", ["home/.codex/AGENTS.md", "config/AGENTS.md"], "config/AGENTS.md"),
        ("gemini", ["home/.gemini/GEMINI.md"], "home/.gemini/GEMINI.md"),
        ("plain", ["home/.codex/AGENTS.md"], None),
    ],
)
async def test_the_users_own_file_that_counts(
    sandbox: Sandbox, workspace: Path, tmp_path: Path, user: User, family: str, files: list[str], expected: str | None
) -> None:
    for name in files:
        (tmp_path / name).write_text("mine")
    found = (await gather(sandbox, str(workspace), family=family, user=user, now=NOW)).surroundings.instructions
    want = [] if expected is None else [InstructionFile(path=str(tmp_path / expected), scope="user", text="mine")]
    assert list(found) == want


async def test_a_vendors_folder_that_was_moved(sandbox: Sandbox, workspace: Path, tmp_path: Path, user: User) -> None:
    (tmp_path / "home/.codex/AGENTS.md").write_text("old")
    (tmp_path / "moved").mkdir()
    (tmp_path / "moved/AGENTS.md").write_text("new")
    moved = User(home=user.home, config=user.config, environ={"CODEX_HOME": str(tmp_path / "moved")})
    found = (await gather(sandbox, str(workspace), family="codex", user=moved, now=NOW)).surroundings.instructions
    assert [file.text for file in found] == ["new"]


def test_what_is_too_much_is_cut_where_one_sees_it() -> None:
    def file(name: str, text: str) -> InstructionFile:
        return InstructionFile(path=name, scope="project", text=text)

    first, second, third = bounded((file("a", "12345"), file("b", "äöü67"), file("c", "c")), 8)
    assert first == file("a", "12345")
    assert second == file("b", "ä\n[... 6 bytes of b are not shown; read it for the rest ...]\n")
    assert third == file("c", "[... 1 bytes of c are not shown; read it for the rest ...]\n")
    assert bounded((first,), 5) == (first,)


SKILL = "---\nname: {name}\ndescription: {text}\n---\n\nDo it.\n"


async def test_skills_are_told_and_bad_ones_are_named(
    sandbox: Sandbox, workspace: Path, tmp_path: Path, user: User
) -> None:
    def skill(place: str, text: str) -> str:
        path = tmp_path / place / "SKILL.md"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        return str(path)

    good = skill("workspace/.agents/skills/make-tea", SKILL.format(name="make-tea", text="Makes\n  tea."))
    bad = skill("workspace/.agents/skills/other", SKILL.format(name="another", text="x"))
    own = skill("home/.agents/skills/mine", SKILL.format(name="mine", text="Mine."))
    skill("config/skills/make-tea", SKILL.format(name="make-tea", text="Hidden by the workspace's."))
    gathered = await gather(sandbox, str(workspace), family="gemini", user=user, now=NOW)
    assert gathered.surroundings.skills == (
        Skill(name="make-tea", description="Makes tea.", path=good),
        Skill(name="mine", description="Mine.", path=own),
    )
    assert gathered.warnings == (f"{bad}: it is named 'another' and lies in 'other', so it is left out",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no front matter"),
        ("name: x\n", "no front matter"),
        ("---\nname: [x\n---\n", "not YAML"),
        ("---\n- x\n---\n", "`name` must be"),
        ("---\nname: X y\ndescription: d\n---\n", "`name` must be"),
        ("---\nname: x\n---\n", "no `description`"),
        ("---\nname: x\ndescription: ' '\n---\n", "no `description`"),
        ("---\nname: x\ndescription: " + "d" * 1025 + "\n---\n", "longer than"),
    ],
)
def test_a_skill_without_its_head_is_none(text: str, problem: str) -> None:
    read = skills.parse("/w/.agents/skills/x/SKILL.md", text)
    assert isinstance(read, str)
    assert problem in read
    assert read.startswith("/w/.agents/skills/x/SKILL.md: ")


def test_the_time_zone_is_named_as_the_host_has_it(tmp_path: Path) -> None:
    (tmp_path / "zoneinfo/Asia").mkdir(parents=True)
    (tmp_path / "zoneinfo/Asia/Tokyo").touch()
    (tmp_path / "localtime").symlink_to(tmp_path / "zoneinfo/Asia/Tokyo")
    assert timezone({}, tmp_path / "localtime") == "Asia/Tokyo"
    assert timezone({"TZ": ":Europe/Rome"}, tmp_path / "localtime") == "Europe/Rome"
    assert timezone({}, tmp_path / "none") == "Etc/UTC"
