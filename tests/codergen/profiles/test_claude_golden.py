"""The measured answers of Claude Code, call for call. They hold the vendor's words, so they are not committed:
`wire_profiles.json` is what CODERGEN_WIRE names, or its folder; else it is in `shared/wire` beside the repository."""

import json
import os
from pathlib import Path

import pytest

from codergen.profiles.native_data import load_wording
from codergen.tools.base import ToolResult
from codergen.tools.wording import said
from evals.accept.harness_golden.claude import judged, rows_of, table

BESIDE = Path(__file__).resolve().parents[3].parent / "shared" / "wire"
NAMED = Path(os.environ.get("CODERGEN_WIRE") or BESIDE)
SAMPLES = NAMED / "wire_profiles.json" if NAMED.is_dir() else NAMED
KNOWN_MISSES = {"ToolSearch", "WebFetch"}
"""Our results have no block that refers to a tool; WebFetch is not among our tools."""


@pytest.mark.skipif(not SAMPLES.is_file(), reason="the vendor's answers are not here (CODERGEN_WIRE)")
async def test_our_answers_have_the_vendors_structure_and_take_on_its_words():
    rows = await rows_of(json.loads(SAMPLES.read_text(encoding="utf-8")))
    assert {row.name.split()[1] for row in rows if not row.bytes_ok} <= KNOWN_MISSES, table(rows)
    assert sum(row.bytes_ok for row in rows) >= 0.95 * len(rows), table(rows)


WORDING = load_wording("claude")
CALL = {"name": "Read", "input": {"file_path": "@CWD@/x"}}


def answer(**fields: object) -> ToolResult:
    told = said("Read.directory", path="/w/sub")
    return ToolResult(**{"content": WORDING.text(told), "is_error": True, "said": told, **fields})


@pytest.mark.parametrize(
    ("vendor", "ours", "fits"),
    [
        ({"content": "EISDIR: no, read '@CWD@/sub'", "is_error": True}, answer(), True),
        ({"content": "EISDIR: no, read '@CWD@/sub'"}, answer(), False),
        ({"content": "EISDIR: no, read '@CWD@/other'", "is_error": True}, answer(), False),
        ({"content": "no, read '@CWD@/sub'", "is_error": True}, answer(), False),
        ({"content": [{"type": "text", "text": "x"}], "is_error": True}, answer(), False),
        ({"content": {"len": 99, "head": "EISDIR: ", "tail": "'"}, "is_error": True}, answer(), False),
    ],
)
def test_a_comparison_can_fail(vendor, ours, fits):
    row = judged("00 Read", CALL, vendor, ours, WORDING, "/w")
    assert (row.structure_ok, row.bytes_ok) == (fits, fits)
