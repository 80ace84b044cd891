"""Behaviours of the file methods and of a sandbox's life."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from codergen.errors import FileRefused, PathEscape, SandboxDied, SandboxUnavailable
from codergen.sandbox.base import FileStat, Limits, SandboxSpec
from codergen.sandbox.conformance.bench import Behaviour, Bench, expect, expect_error


async def round_trip(bench: Bench) -> None:
    data = bytes(range(256)) * 5000
    async with bench.started() as box:
        await box.sandbox.write_file("a/b/ü c.bin", data)
        expect(await box.sandbox.read_file("a/b/ü c.bin") == data, "other bytes")
        expect(await box.sandbox.read_file(f"{box.record.inside}/a/b/ü c.bin") == data, "other bytes by absolute path")


async def commands_see_written_files(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sandbox.write_file("d/run.sh", b"#!/bin/sh\necho ran\n", mode=0o755)
        done = await box.sh("d/run.sh && echo more >> d/run.sh && touch d/new && rm d/run.sh")
        expect((done.exit_code, done.stdout) == (0, b"ran\n"), done)
        expect(await box.sandbox.stat("d/run.sh") is None, "still there")


async def written_files_belong_to_the_commands_user(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sandbox.write_file("x/y", b"")
        done = await box.sh('for f in x x/y; do [ "$(stat -c %u $f)" = "$(id -u)" ] || exit 1; done')
        expect(done.exit_code == 0, done)


async def files_of_commands_are_read(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sh("umask 077; mkdir p; echo secret > p/q;")
        expect(await box.sandbox.read_file("p/q") == b"secret\n", "unreadable")


async def replacing_is_atomic(bench: Bench) -> None:
    old, new = b"a" * 200_000, b"b" * 200_000
    async with bench.started() as box:
        await box.sandbox.write_file("f", old)
        text = "for i in $(seq 60); do tr -d '\\n' < f | tr -s ab | wc -c; done"
        reading = asyncio.create_task(box.sh(text))
        while not reading.done():
            await box.sandbox.write_file("f", new)
            await asyncio.sleep(0.002)
            await box.sandbox.write_file("f", old)
            await asyncio.sleep(0.002)
        expect(set(reading.result().stdout.split()) == {b"1"}, reading.result().stdout[:200])
        listed = await box.run("ls", "-A")
        expect(listed.stdout == b"f\n", listed.stdout)


async def mode_is_kept_without_set_id(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sandbox.write_file("f", b"", mode=0o4751)
        expect(await box.sandbox.stat("f") == FileStat(kind="file", size=0, mode=0o751), await box.sandbox.stat("f"))


async def absent_file(bench: Bench) -> None:
    async with bench.started() as box:
        await expect_error(FileNotFoundError, box.sandbox.read_file("nothing/here"))
        expect(await box.sandbox.stat("nothing/here") is None, "found")


async def folder_is_not_a_file(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sandbox.write_file("d/f", b"")
        await expect_error(FileRefused, box.sandbox.read_file("d"))
        await expect_error(FileRefused, box.sandbox.write_file("d", b""))
        await expect_error(FileRefused, box.sandbox.write_file("d/f/g", b""))


async def fifo_is_refused_at_once(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.run("mkfifo", "pipe")
        expect(done.exit_code == 0, done)
        await expect_error(FileRefused, asyncio.wait_for(box.sandbox.read_file("pipe"), 3))
        found = await box.sandbox.stat("pipe")
        expect(found is not None and found.kind == "other", found)


async def large_file_is_refused(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sandbox.write_file("f", b"12345")
        expect(await box.sandbox.read_file("f", max_bytes=5) == b"12345", "refused at the limit")
        await expect_error(FileRefused, box.sandbox.read_file("f", max_bytes=4))


async def dots_do_not_leave(bench: Bench) -> None:
    (bench.tmp / "outside").write_text("secret")
    async with bench.started() as box:
        for path in ("../outside", "a/../../outside", "/../outside", "", "a\0b"):
            await expect_error(PathEscape, box.sandbox.read_file(path))
        await expect_error(PathEscape, box.sandbox.write_file("../outside", b"lost"))
        await expect_error(PathEscape, box.sandbox.stat("../outside"))
    expect((bench.tmp / "outside").read_text() == "secret", "overwritten")


async def absolute_paths_elsewhere_are_escapes(bench: Bench) -> None:
    (bench.tmp / "outside").write_text("secret")
    async with bench.started() as box:
        for path in ("/etc/passwd", str(bench.tmp / "outside"), f"{box.record.inside}/../outside", "/"):
            await expect_error(PathEscape, box.sandbox.read_file(path))


async def links_do_not_leave(bench: Bench) -> None:
    outside = bench.tmp / "outside"
    outside.mkdir()
    (outside / "f").write_text("secret")
    async with bench.started() as box:
        await box.sh('ln -s "$1" abs; ln -s ../outside rel; ln -s /proc/self/cwd magic', str(outside))
        for way in ("abs", "rel"):
            await expect_error(PathEscape, box.sandbox.read_file(f"{way}/f"))
            await expect_error(PathEscape, box.sandbox.write_file(f"{way}/f", b"lost"))
            await expect_error(PathEscape, box.sandbox.write_file(f"{way}/new/g", b"lost"))
            await expect_error(PathEscape, box.sandbox.stat(f"{way}/f"))
        await expect_error(PathEscape, box.sandbox.read_file("magic/f"))
    expect((outside / "f").read_text() == "secret" and len(list(outside.iterdir())) == 1, "written outside")


async def links_inside_are_followed(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sandbox.write_file("d/f", b"x")
        await box.sh("ln -s d e; ln -s d/f g")
        expect(await box.sandbox.read_file("e/f") == b"x" and await box.sandbox.read_file("g") == b"x", "not followed")
        found = await box.sandbox.stat("g")
        expect(found is not None and found.kind == "link", found)


async def writing_follows_links_inside(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sandbox.write_file("d/f", b"x", mode=0o755)
        await box.sh("ln -s d/f g; ln -s ../g d/h")
        for way in ("g", "d/h"):
            await box.sandbox.write_file(way, way.encode())
            expect(await box.sandbox.read_file("d/f") == way.encode(), f"{way} is a file of its own now")
        link, file = await box.sandbox.stat("g"), await box.sandbox.stat("d/f")
        expect(link is not None and link.kind == "link", link)
        expect(file is not None and file.mode == 0o755, file)


async def writing_replaces_a_link(bench: Bench) -> None:
    (bench.tmp / "outside").write_text("secret")
    async with bench.started() as box:
        await box.sh('ln -s "$1" f', str(bench.tmp / "outside"))
        await box.sandbox.write_file("f", b"mine")
        expect(await box.sandbox.read_file("f") == b"mine", "not replaced")
    expect((bench.tmp / "outside").read_text() == "secret", "written through the link")


async def upload_and_download(bench: Bench) -> None:
    tree = bench.tmp / "tree"
    (tree / "d").mkdir(parents=True)
    (tree / "d" / "f").write_bytes(b"\x00\xff")
    (tree / "run").write_text("#!/bin/sh\n")
    (tree / "run").chmod(0o755)
    (tree / "d" / "up").symlink_to("../run")
    async with bench.started() as box:
        await box.sandbox.upload(tree, "in")
        await box.sandbox.upload(tree / "run", "single/copy")
        done = await box.sh("echo x >> in/d/f && test -x in/run && test -x single/copy && readlink in/d/up")
        expect((done.exit_code, done.stdout) == (0, b"../run\n"), done)
        await box.sandbox.download("in", bench.tmp / "out", exclude=["ru*"])
        await box.sandbox.download("in/d/f", bench.tmp / "one")
    out = bench.tmp / "out"
    expect(sorted(p.name for p in out.rglob("*")) == ["d", "f", "up"], list(out.rglob("*")))
    expect((out / "d" / "f").read_bytes() == b"\x00\xffx\n" == (bench.tmp / "one").read_bytes(), "other bytes")
    expect((out / "d" / "f").stat().st_uid == os.geteuid(), "belongs to somebody else")


async def upload_refuses_links_that_leave(bench: Bench) -> None:
    for number, target in enumerate(("/etc/passwd", "../x", "d/../../x", "d/..")):
        tree = bench.tmp / f"tree{number}"
        tree.mkdir()
        (tree / "link").symlink_to(target)
        async with bench.started() as box:
            await expect_error(FileRefused, box.sandbox.upload(tree, "in"))


async def download_refuses_links_and_devices(bench: Bench) -> None:
    for number, text in enumerate(("ln -s /etc/passwd d/x", "ln -s ../../y d/x", "mkfifo d/x")):
        async with bench.started() as box:
            await box.sh(f"rm -rf d; mkdir d; {text}")
            await expect_error(FileRefused, box.sandbox.download("d", bench.tmp / f"out{number}"))
            await expect_error(FileRefused, box.sandbox.download("d/x", bench.tmp / f"one{number}"))


async def transfers_are_bounded(bench: Bench) -> None:
    async with bench.started(limits=Limits(disk_bytes=1 << 20, inodes=10)) as box:
        await box.sh("truncate -s 2M sparse; mkdir many; touch many/{1..20}")
        await expect_error(FileRefused, box.sandbox.download("sparse", bench.tmp / "a"))
        await expect_error(FileRefused, box.sandbox.download("many", bench.tmp / "b"))


async def self_test_is_recorded(bench: Bench) -> None:
    async with bench.started() as box:
        expect(set(box.record.self_test) == {"tool", "outside", "environment", "network"}, box.record)
        expect(box.record.self_test["tool"] == "held", box.record)
        expect(box.record.backend == box.sandbox.name, box.record)
        expect(box.record.level == box.sandbox.capabilities().level, box.record)


async def stop_twice(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sandbox.write_file("f", b"kept")
        await box.sandbox.stop()
        await box.sandbox.stop()
        await expect_error(SandboxDied, box.run("true"))
        await expect_error(SandboxDied, box.sandbox.read_file("f"))
    expect((box.workspace / "f").read_bytes() == b"kept", "the workspace is gone")


async def stop_gives_the_workspace_back(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sh("mkdir -p a/b; touch a/b/c; ln -s c a/b/d")
        await box.sandbox.write_file("w", b"")
    for path in (box.workspace, *box.workspace.rglob("*")):
        expect(path.lstat().st_uid == os.geteuid(), f"{path} belongs to {path.lstat().st_uid}")


async def hard_links_outside_are_left_alone(bench: Bench) -> None:
    outside, workspace = bench.tmp / "shared", bench.tmp / "workspace"
    outside.write_text("shared")
    workspace.mkdir()
    (workspace / "f").hardlink_to(outside)
    async with bench.started() as box:
        await box.sh("cat f")
        owner = outside.stat().st_uid
    expect(owner == os.geteuid() and outside.read_text() == "shared", "the file outside changed hands")


async def absent_workspace_is_unavailable(bench: Bench) -> None:
    sandbox = bench.create()
    missing = SandboxSpec(workspace=bench.tmp / "nowhere")
    await expect_error(SandboxUnavailable, sandbox.start(missing))
    await sandbox.stop()


async def nothing_is_left_on_the_host(bench: Bench) -> None:
    groups = Path("/sys/fs/cgroup")

    def ours() -> set[str]:
        made = [*Path("/tmp").glob(f"codergen-*-{os.getpid()}.*"), *groups.glob(f"*/codergen-{os.getpid()}.*")]
        return {str(path) for path in made} | set(_open_descriptors())

    before = ours()
    async with bench.started() as box:
        await box.sh("sleep 60 &")
        await box.sh("sleep 60", timeout_s=0.1)
        mine = ours() - before
    expect(bool(mine), "nothing was ever made, so this shows nothing")
    expect(not (mine & ours()), mine & ours())


def _open_descriptors() -> list[str]:
    found: list[str] = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the descriptor of this listing
            found.append(f"{link.name} -> {link.readlink()}")
    return found


BEHAVIOURS: tuple[Behaviour, ...] = (
    round_trip,
    commands_see_written_files,
    written_files_belong_to_the_commands_user,
    files_of_commands_are_read,
    replacing_is_atomic,
    mode_is_kept_without_set_id,
    absent_file,
    folder_is_not_a_file,
    fifo_is_refused_at_once,
    large_file_is_refused,
    dots_do_not_leave,
    absolute_paths_elsewhere_are_escapes,
    links_do_not_leave,
    links_inside_are_followed,
    writing_follows_links_inside,
    writing_replaces_a_link,
    upload_and_download,
    upload_refuses_links_that_leave,
    download_refuses_links_and_devices,
    transfers_are_bounded,
    self_test_is_recorded,
    stop_twice,
    stop_gives_the_workspace_back,
    hard_links_outside_are_left_alone,
    absent_workspace_is_unavailable,
    nothing_is_left_on_the_host,
)
