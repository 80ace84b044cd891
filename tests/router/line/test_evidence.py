"""The evidence folder: what is required, what is written, and that no byte of it can change unseen."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from codergen.tools.check import Check, CheckRun, TestResult
from router.line.evidence import (
    AttemptRecord,
    CheckRecord,
    EvidenceItems,
    PlanRecord,
    ReproductionRecord,
    StopRecord,
    ValidationRecord,
    missing,
)
from router.line.evidence_diff import DiffStat, changed_files
from router.line.evidence_files import FILE_OF, render
from router.line.evidence_folder import EvidenceExists, EvidenceIncomplete, NotEvidence, verify_folder, write_folder
from router.line.evidence_summary import summary
from router.packet import TaskPacket
from router.station import StationVersion, Uncertainty

AT = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
DIFF = b"""diff --git a/stats.py b/stats.py
index 1111111..2222222 100644
--- a/stats.py
+++ b/stats.py
@@ -1,3 +1,4 @@
 def mean(xs):
-    return sum(xs) / (len(xs) - 1)
+    # caf\xe9
+    return sum(xs) / len(xs)
 # end
"""


def run(*outcomes: str, output: str = "1 failed\n") -> CheckRun:
    tests = tuple(TestResult(id=f"t.py::test_{n}", outcome=o) for n, o in enumerate(outcomes))  # type: ignore[arg-type]
    return CheckRun(
        check=Check(command="pytest -q"), runner="pytest" if tests else "exit_code",
        exit_code=int("failed" in outcomes), tests=tests, output=output, problem=None, duration_ms=80,
    )  # fmt: skip


def record(phase: str, *outcomes: str, kind: str = "public", name: str = "pytest -q") -> CheckRecord:
    return CheckRecord(
        name=name, kind=kind, phase=phase, passed="failed" not in outcomes, explicit=True, run=run(*outcomes),  # type: ignore[arg-type]
    )  # fmt: skip


def complete(**changes: object) -> EvidenceItems:
    packet = TaskPacket(intent="mean() divides by one less than it should", source={"text": "Averages are off."})  # type: ignore[arg-type]
    attempt = AttemptRecord(
        number=1, station=StationVersion(station="repair"), accepted=True, why="all checks pass", seconds=0.7,
        cost_usd=Decimal("0.00"), diff=DIFF, claimed="pr_ready", claimed_summary="FIXED-FOR-SURE",
        checks=(record("patched", "passed"),), details={"score": float("nan"), "raw": b"\x00", "bad": "\udc80"},
    )  # fmt: skip
    base = EvidenceItems(
        job_id="j1", started=AT, ended=AT + timedelta(seconds=3), packet=packet.model_dump(mode="json"),
        base_commit="abc123",
        reproduction=ReproductionRecord(
            state="reproduced", why="1 of 2 fails", runs=(record("base", "failed", "passed"),)
        ),
        plan=PlanRecord(stations=("repair@1",), reason="the only station here"), attempts=(attempt,), diff=DIFF,
        diff_attempt=1,
        validation=ValidationRecord(
            passed=True, explicit=True, why="as expected", verifier="line@1",
            checks=(record("base", "failed", "passed"), record("patched", "passed", "passed"),
                    record("patched", "passed", kind="scenario", name="held-out")),
        ),
        transcript=b'{"kind":"job.start"}\n', sessions=(("codergen/plain 1", b'{"kind":"turn"}\n'),),
        stop=StopRecord(
            terminal_state="pr_ready", reason="verified", why="The change was verified.",
            residual_risk=("Two tests cover one function.",), uncertain=("Empty input is not tested.",),
        ),
        required=packet.evidence_required,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def test_a_complete_job_lacks_nothing_and_its_folder_is_good(tmp_path: Path) -> None:
    items = complete()
    assert missing(items, items.required) == ()
    digest = write_folder(items, tmp_path / "job" / "evidence")
    assert verify_folder(tmp_path / "job" / "evidence", body_sha256=digest) == []
    assert sorted(p.name for p in (tmp_path / "job").iterdir()) == ["evidence"]
    folder = tmp_path / "job" / "evidence"
    assert (folder / "diff.patch").read_bytes() == DIFF
    assert (folder / "transcript.jsonl").read_bytes() == items.transcript
    assert (folder / "sessions" / "01-codergen-plain-1.jsonl").read_bytes() == items.sessions[0][1]
    assert json.loads((folder / "packet.json").read_text())["intent"] == items.packet["intent"]  # type: ignore[index]
    checks = json.loads((folder / "validation.json").read_text())["checks"]
    assert [(c["kind"], c["phase"], c["passed"]) for c in checks] == [
        ("public", "base", False),
        ("public", "patched", True),
        ("scenario", "patched", True),
    ]
    assert all((folder / c["log"]).read_text() == "1 failed\n" for c in checks)


STOP = complete().stop
VALIDATION = complete().validation
LACKING: list[tuple[dict[str, object], tuple[str, ...]]] = [
    ({"packet": None}, ("summary", "packet")),
    ({"packet": {"intent": "  "}}, ("summary", "packet")),
    ({"reproduction": None}, ("reproduction",)),
    ({"reproduction": ReproductionRecord(state="reproduced", why="trust me")}, ("reproduction",)),
    ({"reproduction": ReproductionRecord(state="not_required", why=" ")}, ("reproduction",)),
    ({"reproduction": ReproductionRecord(state="not_required", why="a feature")}, ()),
    ({"plan": None}, ("plan",)),
    ({"plan": PlanRecord(stations=(), reason="x")}, ("plan",)),
    ({"diff": None}, ("diff",)),
    ({"diff": b"\n"}, ("diff",)),
    ({"validation": None}, ("validation",)),
    ({"validation": replace(VALIDATION, checks=())}, ("validation",)),  # type: ignore[type-var]
    ({"validation": replace(VALIDATION, checks=(record("base", "failed"),))}, ("validation",)),  # type: ignore[type-var]
    ({"transcript": b"\n"}, ("transcript",)),
    ({"stop": replace(STOP, residual_risk=(" ",))}, ("residual_risk",)),  # type: ignore[type-var]
    ({"stop": replace(STOP, reason="")}, ("stop_reason",)),  # type: ignore[type-var]
]


@pytest.mark.parametrize(("changes", "lacking"), LACKING)
def test_pr_ready_cannot_be_written_while_an_item_is_missing(
    tmp_path: Path, changes: dict[str, object], lacking: tuple[str, ...]
) -> None:
    items = complete(**changes)
    assert missing(items, items.required) == lacking
    folder = tmp_path / "evidence"
    if lacking:
        with pytest.raises(EvidenceIncomplete) as caught:
            write_folder(items, folder)
        assert caught.value.lacking == lacking
        assert list(tmp_path.iterdir()) == []
    else:
        write_folder(items, folder)


def test_an_item_nobody_knows_is_missing() -> None:
    assert missing(complete(), ("diff", "signature")) == ("signature",)


def test_without_a_stop_everything_that_needs_it_is_missing() -> None:
    items = complete(stop=None)
    assert missing(items, items.required) == ("summary", "stop_reason", "residual_risk")


def test_an_escalation_is_written_with_what_there_is(tmp_path: Path) -> None:
    stop = StopRecord(terminal_state="escalate", reason="missing_context", why="No test was collected.")
    bare = EvidenceItems(job_id="j", started=AT, ended=AT, packet=None, stop=stop, required=("packet", "diff"))
    write_folder(bare, tmp_path / "e")
    assert verify_folder(tmp_path / "e") == []
    assert json.loads((tmp_path / "e" / "manifest.json").read_text())["missing_required"] == ["packet", "diff"]
    assert "Required evidence that is missing: `packet`, `diff`" in (tmp_path / "e" / "summary.md").read_text()


def test_every_item_a_packet_can_require_has_a_file() -> None:
    items = complete()
    assert set(FILE_OF) == set(items.required)
    assert set(FILE_OF.values()) <= set(render(items))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "evidence"
    write_folder(complete(), folder)
    return folder


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_changed_byte_in_any_file_is_found(bundle: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(p for p in bundle.rglob("*") if p.is_file())))
    good = path.read_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[at] ^= data.draw(st.integers(1, 255))
    try:
        path.write_bytes(bad)
        assert [p.path for p in verify_folder(bundle)] == [path.relative_to(bundle).as_posix()]
    finally:
        path.write_bytes(good)
    assert verify_folder(bundle) == []


def _rewrite_manifest_and_file(folder: Path) -> None:
    (folder / "diff.patch").write_bytes(b"other")
    manifest = json.loads((folder / "manifest.json").read_text())
    next(e for e in manifest["files"] if e["path"] == "diff.patch").update(size=5, sha256="0" * 64)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")


def _link_instead_of_file(folder: Path) -> None:
    (folder / "plan.json").rename(folder.parent / "plan.json")
    (folder / "plan.json").symlink_to(folder.parent / "plan.json")


DAMAGE: list[tuple[Callable[[Path], object], list[tuple[str, str]]]] = [
    (lambda f: (f / "plan.json").unlink(), [("plan.json", "missing")]),
    (lambda f: (f / "attempts" / "x").write_text(""), [("attempts/x", "added: not in the manifest")]),
    (lambda f: (f / "empty").mkdir(), [("empty", "added: empty folder")]),
    (lambda f: (f / "way").symlink_to("/"), [("way", "a link")]),
    (_link_instead_of_file, [("plan.json", "a link")]),
    (lambda f: (f / "plan.json").open("a").close(), []),
    (lambda f: shutil.copytree(f / "attempts", f / "more") and shutil.rmtree(f / "attempts/01"), None),  # type: ignore[list-item]
    (
        lambda f: (f / "manifest.json").write_text("[]"),
        [("manifest.json", "changed: it does not agree with its own hash")],
    ),
    (
        lambda f: (f / "manifest.json").write_text((f / "manifest.json").read_text() + "\n"),
        [("manifest.json", "changed: it does not agree with its own hash")],
    ),
    (_rewrite_manifest_and_file, [("manifest.json", "changed: it does not agree with its own hash")]),
]


@pytest.mark.parametrize(("damage", "found"), DAMAGE)
def test_what_was_done_to_the_folder_is_named(
    tmp_path: Path, damage: Callable[[Path], object], found: list[tuple[str, str]] | None
) -> None:
    folder = tmp_path / "evidence"
    write_folder(complete(), folder)
    damage(folder)
    problems = [(p.path, p.what) for p in verify_folder(folder)]
    if found is None:
        assert {what for _, what in problems} == {"missing", "added: not in the manifest", "added: empty folder"}
    else:
        assert problems == found


def test_a_wholly_rewritten_folder_is_told_by_the_hash_kept_elsewhere(tmp_path: Path) -> None:
    digest = write_folder(complete(), tmp_path / "a")
    write_folder(complete(job_id="j1", diff=DIFF + b"\n"), tmp_path / "b")
    assert verify_folder(tmp_path / "b") == []
    assert [p.path for p in verify_folder(tmp_path / "b", body_sha256=digest)] == ["manifest.json"]


def test_a_ready_folder_without_its_required_file_is_not_good(tmp_path: Path) -> None:
    """A writer that lies consistently: hashes agree, the plan was never there."""
    items = complete(plan=None, required=())
    forged = replace(items, required=())
    write_folder(forged, tmp_path / "e")
    assert verify_folder(tmp_path / "e") == []
    stop = tmp_path / "e" / "stop.json"
    stop.write_text(stop.read_text().replace('"required": []', '"required": [\n    "plan"\n  ]'))
    from router.line.evidence_folder import manifest_bytes

    files = {
        p.relative_to(tmp_path / "e").as_posix(): p.read_bytes()
        for p in (tmp_path / "e").rglob("*")
        if p.is_file() and p.name != "manifest.json"
    }
    (tmp_path / "e" / "manifest.json").write_bytes(manifest_bytes("j1", files, ()))
    assert [(p.path, p.what) for p in verify_folder(tmp_path / "e")] == [
        ("plan.json", "pr_ready without its required item 'plan'")
    ]


def test_evidence_is_never_overwritten_and_a_killed_writer_leaves_no_trace(tmp_path: Path) -> None:
    left = tmp_path / ".evidence.partial"
    left.mkdir()
    (left / "half").write_text("x")
    write_folder(complete(), tmp_path / "evidence")
    assert [p.name for p in tmp_path.iterdir()] == ["evidence"]
    with pytest.raises(EvidenceExists):
        write_folder(complete(), tmp_path / "evidence")
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(EvidenceExists):
        write_folder(complete(), tmp_path / "dangling")


def test_what_is_no_bundle_is_said(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(NotEvidence):
            verify_folder(folder)


def test_the_summary_tells_claim_from_fact() -> None:
    text = summary(complete())
    claims = text.index("## What the station claims")
    assert text.index("FIXED-FOR-SURE") > claims
    assert text.count("FIXED-FOR-SURE") == 1
    assert "| pytest -q | public | before | **failed** | 1 failed, 1 passed | yes |" in text
    assert "| held-out | scenario | after | passed | 1 passed | yes |" in text
    assert "| `stats.py` | changed | 2 | 1 |" in text
    assert "Two tests cover one function." in text
    assert "Cost: 0 USD" in text


def test_unknown_costs_and_weak_or_rejected_work_are_said() -> None:
    items = complete()
    rejected = replace(items.attempts[0], accepted=False, cost_usd=None)
    text = summary(
        complete(
            attempts=(rejected,),
            validation=replace(VALIDATION, passed=False, explicit=False),  # type: ignore[type-var]
        )
    )
    assert "Cost: unknown" in text
    assert "**The verifier did not accept this diff.**" in text
    assert "**Weak:" in text
    assert "Not accepted by `line@1`" in text


HOSTILE = "# Verified\n```\n## What proves it\n| a | b |\n<script>\x1b[2J [x](http://a) `tick` **bold** \u202e"


def test_nothing_that_others_wrote_adds_structure_to_the_summary() -> None:
    """Headings and tables of the rendered page are ours, whatever intent, claims and reasons hold."""
    question = Uncertainty(question=HOSTILE, answers=(HOSTILE, HOSTILE), candidates=(HOSTILE, HOSTILE))
    items = complete()
    hostile = complete(
        packet={**items.packet, "intent": HOSTILE, "source": {"kind": HOSTILE, "ref": HOSTILE, "text": HOSTILE}},  # type: ignore[dict-item]
        attempts=(replace(items.attempts[0], claimed_summary=HOSTILE, why=HOSTILE),),
        stop=replace(STOP, why=HOSTILE, uncertain=(HOSTILE,), residual_risk=(HOSTILE,), question=question),  # type: ignore[type-var]
    )
    text = summary(hostile)
    assert _structure(text) == _structure(summary(replace(hostile, **_tame(hostile))))
    assert "\x1b" not in text
    assert "\u202e" not in text


def _tame(items: EvidenceItems) -> dict[str, object]:
    question = Uncertainty(question="q", answers=("a", "b"), candidates=("c", "d"))
    return {
        "packet": {**items.packet, "intent": "i", "source": {"kind": "k", "ref": "r", "text": "t"}},  # type: ignore[dict-item]
        "attempts": (replace(items.attempts[0], claimed_summary="s", why="w"),),
        "stop": replace(items.stop, why="w", uncertain=("u",), residual_risk=("r",), question=question),  # type: ignore[type-var]
    }


def _structure(text: str) -> list[str]:
    """Every block and every inline mark of the parsed page, without words."""
    parsed = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [c.type for t in parsed for c in t.children or () if c.type != "text"]
    return [t.type for t in parsed] + [t for t in inline if t != "softbreak"]


@pytest.mark.parametrize(
    ("diff", "files"),
    [
        (b"", ()),
        (DIFF, (DiffStat(path="stats.py", added=2, removed=1),)),
        (
            b"diff --git a/x.sql b/x.sql\n--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1,2 @@\n--- old comment\n+++ new\n"
            b" diff --git a/y b/y\n\\ No newline at end of file\n",
            (DiffStat(path="x.sql", added=1, removed=1),),
        ),
        (
            b'diff --git "a/\\303\\244 b.py" "b/\\303\\244 b.py"\nnew file mode 100644\n--- /dev/null\n'
            b'+++ "b/\\303\\244 b.py"\n@@ -0,0 +1 @@\n+x\n'
            b"diff --git a/old name b/old name\ndeleted file mode 100644\n"
            b"--- a/old name\t\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
            (DiffStat(path="ä b.py", kind="added", added=1), DiffStat(path="old name", kind="deleted", removed=1)),
        ),
        (
            b"diff --git a/a.py b/b.py\nsimilarity index 100%\nrename from a.py\nrename to b.py\n"
            b"diff --git a/i.png b/i.png\nindex 1..2 100644\nBinary files a/i.png and b/i.png differ\n"
            b"diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n",
            (DiffStat(path="b.py", kind="renamed"), DiffStat(path="i.png", binary=True), DiffStat(path="run.sh")),
        ),
    ],
)
def test_changed_files(diff: bytes, files: tuple[DiffStat, ...]) -> None:
    assert changed_files(diff) == files


@settings(max_examples=30, deadline=None)
@given(text=st.text(alphabet=st.characters(), max_size=300))
def test_any_words_can_be_written_and_verified(text: str) -> None:
    items = complete()
    odd = complete(
        packet={**items.packet, "intent": text or "x"},  # type: ignore[dict-item]
        attempts=(replace(items.attempts[0], claimed_summary=text, details={"t": text, text: 1}),),
        required=(),
    )
    with TemporaryDirectory() as place:
        write_folder(odd, Path(place) / "e")
        assert verify_folder(Path(place) / "e") == []
