"""A journal that anybody can check: good, cut, edited."""

import errno
import json
import stat
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from codergen.errors import JournalDamaged, UsageError
from codergen.journal import CUT, START, CutTail, Journal, canonical, parse, read


def ticks() -> str:
    return "2026-01-02T03:04:05.000+00:00"


def written(path: Path, count: int = 3) -> Path:
    journal = Journal.create(path, clock=ticks)
    for number in range(count):
        journal.append("step", {"n": number, "text": "Größe \ud800"}, sync=number == 0)
    journal.close()
    return path


def test_lines_chain_and_read_back(tmp_path: Path) -> None:
    transcript = read(written(tmp_path / "deep" / "a.jsonl"))
    assert [(line.seq, line.kind, line.data["n"], line.ts) for line in transcript.lines] == [
        (n, "step", n, ticks()) for n in range(3)
    ]
    assert [line.prev for line in transcript.lines] == [START, *(line.hash for line in transcript.lines[:2])]
    assert transcript.head == transcript.lines[-1].hash
    assert transcript.cut is None


def test_hash_covers_everything_but_itself(tmp_path: Path) -> None:
    fields = json.loads(written(tmp_path / "a.jsonl").read_bytes().splitlines()[0])
    digest = fields.pop("hash")
    assert sorted(fields) == ["data", "kind", "prev", "seq", "ts", "v"]
    assert sha256(canonical(fields)).hexdigest() == digest


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    assert stat.S_IMODE(written(tmp_path / "a.jsonl").stat().st_mode) == 0o600


def test_a_line_is_in_the_file_before_append_returns(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "a.jsonl")
    journal.append("step", {})
    assert len(read(tmp_path / "a.jsonl").lines) == 1
    journal.close()


def test_create_keeps_what_is_there(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl")
    with pytest.raises(FileExistsError):
        Journal.create(path)
    assert len(read(path).lines) == 3


def test_cut_at_every_byte_of_the_last_line_loses_only_that_line(tmp_path: Path) -> None:
    whole = written(tmp_path / "a.jsonl").read_bytes()
    start = whole[:-1].rfind(b"\n") + 1
    for end in range(start + 1, len(whole)):
        transcript = parse(whole[:end])
        rest = whole[start:end]
        assert len(transcript.lines) == 2
        assert transcript.cut == CutTail(line=3, offset=start, length=len(rest), sha256=sha256(rest).hexdigest())


def test_any_edited_byte_is_found(tmp_path: Path) -> None:
    whole = written(tmp_path / "a.jsonl").read_bytes()
    for at in range(0, len(whole) - 1, 7):
        changed = whole[:at] + (b"x" if whole[at : at + 1] != b"x" else b"y") + whole[at + 1 :]
        line = whole[:at].count(b"\n") + 1
        with pytest.raises(JournalDamaged) as caught:
            parse(changed)
        assert caught.value.line == line


@pytest.mark.parametrize("order", [[0, 2], [1, 2], [0, 1, 1, 2], [0, 2, 1]])
def test_lines_removed_repeated_or_moved_are_found(tmp_path: Path, order: list[int]) -> None:
    lines = written(tmp_path / "a.jsonl").read_bytes().splitlines(keepends=True)
    with pytest.raises(JournalDamaged):
        parse(b"".join(lines[n] for n in order))


def test_a_rehashed_edit_breaks_the_chain(tmp_path: Path) -> None:
    lines = written(tmp_path / "a.jsonl").read_bytes().splitlines()
    fields = json.loads(lines[1])
    del fields["hash"]
    fields["data"] = {"n": 99}
    fields["hash"] = sha256(canonical(fields)).hexdigest()
    body = canonical({k: v for k, v in fields.items() if k != "hash"})
    lines[1] = body[:-1] + b',"hash":"' + fields["hash"].encode() + b'"}'
    with pytest.raises(JournalDamaged) as caught:
        parse(b"\n".join(lines) + b"\n", path="j")
    assert (caught.value.path, caught.value.line) == ("j", 3)


def test_reopen_drops_a_cut_tail_says_so_and_goes_on(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl")
    path.write_bytes(path.read_bytes()[:-5])
    journal, before = Journal.reopen(path, clock=ticks)
    journal.append("step", {"n": 7})
    journal.close()
    assert before.cut is not None
    after = read(path)
    assert [line.kind for line in after.lines] == ["step", "step", CUT, "step"]
    assert after.lines[2].data == {"line": 3, "length": before.cut.length, "sha256": before.cut.sha256}
    assert after.cut is None


def test_reopen_refuses_an_edited_journal_and_leaves_it_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl")
    edited = path.read_bytes().replace(b'"n":1', b'"n":5')
    path.write_bytes(edited)
    with pytest.raises(JournalDamaged):
        Journal.reopen(path)
    assert path.read_bytes() == edited


def test_two_writers_are_refused(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "a.jsonl")
    with pytest.raises(UsageError, match="another process"):
        Journal.reopen(tmp_path / "a.jsonl")
    journal.close()


def test_what_json_cannot_hold_is_refused_and_breaks_nothing(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "a.jsonl")
    with pytest.raises(ValueError, match="JSON"):
        journal.append("step", {"x": float("nan")})
    journal.append("step", {"x": 1})
    journal.close()
    assert [line.data for line in read(tmp_path / "a.jsonl").lines] == [{"x": 1}]


def test_a_write_that_failed_leaves_the_journal_whole(tmp_path: Path) -> None:
    program = (
        "import resource, sys\nfrom pathlib import Path\nfrom codergen.journal import Journal\n"
        "journal = Journal.create(Path(sys.argv[1]))\n"
        "journal.append('step', {'n': 1})\n"
        "size = Path(sys.argv[1]).stat().st_size\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40, resource.RLIM_INFINITY))\n"
        "try:\n    journal.append('step', {'n': 2})\nexcept OSError as error:\n    print(error.errno)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "journal.append('step', {'n': 3})\n"
    )
    path = tmp_path / "a.jsonl"
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"{errno.EFBIG}\n", "")
    transcript = read(path)
    assert ([line.data["n"] for line in transcript.lines], transcript.cut) == ([1, 3], None)
