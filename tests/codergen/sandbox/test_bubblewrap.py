"""The parts of the bubblewrap backend that can be decided without starting it, and how it refuses."""

import os
from pathlib import Path

import pytest

from codergen.errors import PolicyUnsupported, SandboxUnavailable
from codergen.sandbox import policy, probe
from codergen.sandbox.base import ExecResult, Limits, Mount, SandboxSpec, SpawnRequest
from codergen.sandbox.bubblewrap import BubblewrapSandbox
from codergen.sandbox.cgroup import controllers
from codergen.sandbox.selftest import verdicts

FACTS = policy.SystemFacts(
    links=(("/bin", "usr/bin"),),
    folders=("/lib64",),
    etc_folders=("ssl/certs",),
    proc_read_only=("/proc/sys",),
    proc_empty=(),
)
VIEW = policy.View(workspace="/s/ws", mounts=(("/s/1", "/a/b"), ("/s/2", "/a"), ("/s/3", "/usr/x")), etc="/s/etc")


def options(*, read_only: bool = False, protect: tuple[str, ...] = ()) -> str:
    fds = policy.Descriptors(status=5, seccomp=None)
    built = policy.options(FACTS, VIEW, fds, inside="/w", read_only=read_only, protect=protect, limits=Limits())
    return " ".join(built)


def test_the_wall_is_complete() -> None:
    built = options()
    for part in ("--unshare-all", "--disable-userns", "--cap-drop ALL", "--die-with-parent", "--new-session"):
        assert part in built
    assert "--ro-bind /proc/sys /proc/sys" in built
    assert built.index("--tmpfs /tmp") < built.index("--bind /s/ws /w") < built.index("--remount-ro / ")


def test_outer_mounts_come_first_and_usr_is_there_already() -> None:
    built = options()
    assert built.index("--ro-bind /s/2 /a ") < built.index("--ro-bind /s/1 /a/b ")
    assert "/s/3" not in built


def test_folders_above_a_protected_path_become_mount_points() -> None:
    built = options(protect=("a/b/c", ".git"))
    assert (
        "--ro-bind /s/ws/.git /w/.git --bind /s/ws/a /w/a --bind /s/ws/a/b /w/a/b --ro-bind /s/ws/a/b/c /w/a/b/c"
        in built
    )


def test_a_read_only_workspace_needs_no_protection() -> None:
    built = options(read_only=True, protect=(".git",))
    assert "--ro-bind /s/ws /w" in built
    assert "/s/ws/.git" not in built


def test_an_old_bwrap_is_passed_over(tmp_path: Path) -> None:
    old = tmp_path / "bwrap"
    old.write_text("#!/bin/sh\necho usage: --clearenv --args --json-status-fd --perms\n")
    old.chmod(0o755)
    tool, why = probe.first_usable([probe.Tool(path=old)])
    assert tool is None
    assert why.endswith("it lacks --disable-userns, --size")
    new = probe.candidates()[-1]
    assert probe.first_usable([probe.Tool(path=old), new]) == (new, "")
    assert probe.first_usable([]) == (None, "no bwrap found")


def test_a_bwrap_that_cannot_start_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("no program")
    broken.chmod(0o755)
    tool, why = probe.first_usable([probe.Tool(path=broken)])
    assert tool is None
    assert "does not start" in why


def test_remedies_name_a_way_out() -> None:
    for text in (probe.INSTALL, probe.APPARMOR, probe.CONTAINER, probe.SYSCTL):
        assert any(word in text for word in ("apt install", "--security-opt", "sysctl -w"))
    assert "--sandbox host" in probe.remedy("bwrap: setting up uid map: Permission denied")
    assert "chmod o+x" in probe.remedy("bwrap: Can't find source path /a/b: Permission denied")
    assert "docs/sandboxes.md" in probe.remedy("bwrap: something new")


def test_an_id_is_drawn_only_where_it_exists() -> None:
    assert probe.covers("0 0 4294967295\n", 1_879_048_192, 2_147_483_647)
    assert not probe.covers("0 100000 65536\n", 1_879_048_192, 2_147_483_647)
    assert probe.covers("0 100000 65536\n", 61_184, 65_519)
    assert not probe.covers("0 1000 1\n", 61_184, 65_519)


def test_controllers_are_found_where_they_are_mounted() -> None:
    mounts = (
        "cgroup /cg/memory cgroup rw,memory 0 0\ncgroup2 /cg/unified cgroup2 rw 0 0\ncgroup /cg/cpu cgroup rw,cpu 0 0\n"
    )
    assert controllers(mounts) == {"memory": Path("/cg/memory")}


async def test_a_missing_mount_is_unavailable_and_leaves_nothing(tmp_path: Path) -> None:
    spec = SandboxSpec(workspace=tmp_path, mounts=(Mount(source=tmp_path / "none"),))
    with pytest.raises(SandboxUnavailable) as raised:
        await BubblewrapSandbox().start(spec)
    assert raised.value.reason == f"{tmp_path}/none does not exist"
    assert not list(Path("/tmp").glob(f"codergen-*-{os.getpid()}-*"))


async def test_a_bwrap_that_fails_is_unavailable_with_its_words(tmp_path: Path) -> None:
    bin_, workspace = tmp_path / "bin", tmp_path / "ws"
    bin_.mkdir()
    workspace.mkdir()
    (workspace / "f").write_text("")
    liar = bin_ / "bwrap"
    known = " ".join(sorted(policy.NEEDED_OPTIONS))
    liar.write_text(
        f'#!/bin/sh\n[ "$1" = --help ] && echo {known} && exit\n'
        "echo 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n"
    )
    liar.chmod(0o755)
    sandbox = BubblewrapSandbox(tools=lambda: [probe.Tool(path=liar, companions=(bin_,))])
    with pytest.raises(SandboxUnavailable) as raised:
        await sandbox.start(SandboxSpec(workspace=workspace))
    assert "setting up uid map: Permission denied" in raised.value.reason
    assert raised.value.remedy.endswith(probe.WITHOUT)
    assert (workspace / "f").stat().st_uid == workspace.stat().st_uid == bin_.stat().st_uid


async def test_no_bwrap_at_all_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable) as raised:
        await BubblewrapSandbox(tools=list).start(SandboxSpec(workspace=tmp_path))
    assert "apt install bubblewrap" in raised.value.remedy


def test_self_test_reads_what_leaked() -> None:
    allowed = frozenset({"PATH"})
    clean = ExecResult(stdout=b"names=PATH PWD SHLVL _ \nreached\n", stderr=b"", exit_code=0)
    assert set(verdicts(clean, allowed).values()) == {"held"}
    bad = b"outside=read\nenvironment=read\nnetwork=connected\nnames=PATH API_KEY\nreached\n"
    leaked = verdicts(ExecResult(stdout=bad, stderr=b"", exit_code=0), allowed)
    assert {name for name, verdict in leaked.items() if verdict.startswith("leaked")} == {
        "outside",
        "environment",
        "network",
    }
    named = verdicts(ExecResult(stdout=b"names=API_KEY\nreached\n", stderr=b"", exit_code=0), allowed)
    assert named["environment"] == "leaked: API_KEY"
    dead = verdicts(ExecResult(stdout=b"", stderr=b"no", exit_code=1), allowed)
    assert dead == {"tool": "did not run: exit 1, no"}


async def test_without_setsid_there_are_no_terminals(tmp_path: Path) -> None:
    sandbox = BubblewrapSandbox(session_maker=lambda: None)
    await sandbox.start(SandboxSpec(workspace=tmp_path))
    try:
        assert sandbox.capabilities().spawn == {"pipes"}
        with pytest.raises(PolicyUnsupported, match="setsid"):
            await sandbox.spawn(SpawnRequest(argv=("cat",), terminal=(24, 80)))
        process = await sandbox.spawn(SpawnRequest(argv=("cat",)))
        await process.close_input()
        assert (await process.wait()).exit_code == 0
    finally:
        await sandbox.stop()
