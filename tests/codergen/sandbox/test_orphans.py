import os
import subprocess
import sys

from codergen.sandbox.orphans import sweep


def gone():
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    return process.pid


def test_only_what_a_dead_process_of_ours_left_is_removed(tmp_path):
    dead = tmp_path / f"codergen-bubblewrap-{gone()}-abc"
    alive = tmp_path / f"codergen-stage-{os.getpid()}-abc"
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
    orphan.mkdir(parents=True)
    mounts = tmp_path / "mounts"
    mounts.write_text(f"cgroup {root} cgroup rw,pids 0 0\n")
    assert sweep(tmp_path / "nothing", mounts) == (orphan,)
    assert not orphan.exists()
