"""The measured answers of codex-cli, call for call. They hold the vendor's words, so they are not committed:
`wire_profiles.json` is taken from the folder or file that CODERGEN_WIRE names, or from `shared/wire` beside the
repository."""

import json
import os
from pathlib import Path

import pytest

from codergen.profiles.native_data import load_family, load_texts, load_wording
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.base import ToolResult
from codergen.tools.wording import said
from evals.accept.harness_golden.codex import judged, lay, replay, table
from providers.openai_responses.encode import tool

LEFT_OUT = {"request_user_input", None}
"""Tools that we do not have; those without a name are the service's own."""
AGENTS = "multi_agent_v1"


@pytest.fixture(scope="module")
def wire():
    beside = Path(__file__).resolve().parents[4] / "shared/wire"
    path = Path(os.environ.get("CODERGEN_WIRE") or beside)
    path = path / "wire_profiles.json" if path.is_dir() else path
    if not path.is_file():
        pytest.skip("the recorded facts of the vendors' tools are not here (CODERGEN_WIRE)")
    return json.loads(path.read_text(encoding="utf-8"))["codex"]


async def test_our_answers_have_the_vendors_structure_and_take_on_its_words(wire, tmp_path):
    lay(tmp_path / "workspace")
    sandbox = HostSandbox()
    started = await sandbox.start(SandboxSpec(workspace=tmp_path / "workspace"))
    rows = await replay(wire["samples_gpt-5.5"], sandbox, Path(started.inside))
    await sandbox.stop()
    print(table(rows))
    assert {row.name for row in rows if not row.bytes_ok} <= {"02 exec_command"}, table(rows)


@pytest.mark.parametrize("model", ["gpt-5.5", "unknown_model"])
def test_tools_go_out_as_the_vendors_in_its_order(wire, model):
    data = load_family("codex")
    ours = [tool(spec) for spec in load_texts(data, data.variant(model)).specs]
    theirs = [one for one in wire[model]["tools"] if one.get("name") not in LEFT_OUT]
    flat = [part for one in theirs for part in (one["tools"] if one["name"] == AGENTS else [one])]
    bare = [{key: value for key, value in one.items() if key != "description"} for one in ours]
    assert bare[: len(flat)] == flat
    assert json.dumps([one.get("parameters") for one in bare[: len(flat)]]) == json.dumps(
        [one.get("parameters") for one in flat]
    )


WORDING = load_wording("codex")


def answer(id: int) -> ToolResult:
    told = said("write_stdin.unknown", id=id)
    return ToolResult(content=WORDING.text(told), said=told)


@pytest.mark.parametrize(
    ("vendor", "fits"),
    [
        ("write_stdin failed: other words 7", True),
        ("write_stdin failed: other words 8", False),
        ("failed: other words 7", False),
        ([{"type": "input_image", "image_url": "x", "detail": "original"}], False),
        ({"len": 99, "head": "write_stdin failed", "tail": "7"}, False),
    ],
)
def test_a_comparison_can_fail(vendor, fits):
    row = judged("00 write_stdin", {}, vendor, answer(7), WORDING, "/w")
    assert (row.structure_ok, row.bytes_ok) == (fits, fits)
