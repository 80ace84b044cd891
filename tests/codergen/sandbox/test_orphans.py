import subprocess
import sys

import pytest

from codergen.errors import SandboxDied
from codergen.sandbox import owner
from codergen.sandbox.cgroup import Groups
from codergen.sandbox.orphans import sweep


def gone():
    """The mark of a process that has ended."""
    argv = [sys.executable, "-c", "from codergen.sandbox import owner; print(owner.mark())"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


def test_only_what_a_dead_process_of_ours_left_is_removed(tmp_path):
    dead = tmp_path / f"codergen-bubblewrap-{gone()}-abc"
    alive = tmp_path / f"codergen-stage-{owner.mark()}-abc"
    other = tmp_path / f"somebody-{gone()}-abc"
    link = tmp_path / f"codergen-host-{gone()}-abc"
    for folder in (dead / "deep", alive, other):
        folder.mkdir(parents=True)
    link.symlink_to(other)
    assert sweep(tmp_path, tmp_path / "no-mounts") == (dead,)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([alive.name, other.name, link.name])


def test_a_group_of_a_dead_process_is_removed(tmp_path):
    root = tmp_path / "pids"
    orphan = root / f"codergen-{gone()}-0a1b2c3d"
    (orphan / "of-a-spawned-command").mkdir(parents=True)
    mounts = tmp_path / "mounts"
    mounts.write_text(f"cgroup {root} cgroup rw,pids 0 0\n")
    assert sweep(tmp_path / "nothing", mounts) == (orphan,)
    assert not orphan.exists()


def test_what_a_process_of_another_pid_namespace_owns_is_left_alone(tmp_path):
    """Its number says nothing here: a container that shares /tmp or the control groups may be at work."""
    pid, _, namespace = gone().partition(".")
    elsewhere = tmp_path / f"codergen-bubblewrap-{pid}.{int(namespace) + 1}-abc"
    elsewhere.mkdir()
    assert sweep(tmp_path, tmp_path / "no-mounts") == ()
    assert elsewhere.is_dir()


def test_a_group_that_somebody_removed_is_a_boundary_that_failed(tmp_path):
    with pytest.raises(SandboxDied, match="control group is gone"):
        Groups(folders={"memory": tmp_path / "gone"}, doors=()).oom_kills()
