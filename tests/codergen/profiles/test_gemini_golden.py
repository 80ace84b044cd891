"""Held against what gemini-cli was seen to send and to say. The facts are not in this repository: `$CODERGEN_WIRE`
names the file, or it lies in `../shared/wire` beside it."""

import json
import os
import sys
from pathlib import Path

import pytest

from codergen.conversation import Conversation, UserEntry
from codergen.errors import SandboxUnavailable
from codergen.profiles.families import load_profile
from codergen.profiles.native_data import load_family, load_texts
from codergen.profiles.profile import Ask, Frame
from codergen.profiles.surroundings import Surroundings
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.bubblewrap import BubblewrapSandbox
from codergen.sandbox.host import HostSandbox
from codergen.tools.environment import python_environment
from evals.accept.harness_golden.gemini import lay, replay
from providers.registry import Endpoint, connect
from providers.scripted import Reply
from providers.twin.serving import serving

LEFT_OUT = {"web_fetch", "google_web_search", "enter_plan_mode"}
"""Tools that we do not have."""
AT_LEAST = 0.95


@pytest.fixture(scope="module")
def wire():
    beside = Path(__file__).parents[4] / "shared/wire/wire_profiles.json"
    path = Path(os.environ.get("CODERGEN_WIRE") or beside)
    if not path.is_file():
        pytest.skip("the recorded facts of the vendors' tools are not here ($CODERGEN_WIRE)")
    return json.loads(path.read_text())["gemini"]


def bare(schema):
    """Without descriptions, which are words."""
    if isinstance(schema, list):
        return [bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {k: bare(v) for k, v in schema.items() if not (k == "description" and isinstance(v, str))}


@pytest.mark.parametrize("model", ["gemini-3.1-pro-preview (ripgrep present)", "gemini-2.5-pro"])
def test_tools_are_told_in_the_same_order_with_the_same_schemas(wire, model):
    data = load_family("gemini")
    specs = load_texts(data, data.variant(model.split()[0])).specs
    theirs = [t for t in wire[model]["tools"][0]["functionDeclarations"] if t["name"] not in LEFT_OUT]
    for tool in theirs:
        if tool["name"] == "activate_skill":  # the names of the skills there are
            del tool["parametersJsonSchema"]["properties"]["name"]["enum"]
    ours = [(spec.name, bare(spec.parameters)) for spec in specs]
    assert ours == [(tool["name"], tool["parametersJsonSchema"]) for tool in theirs]
    assert [list(schema["properties"]) for _, schema in ours] == [
        list(tool["parametersJsonSchema"]["properties"]) for tool in theirs
    ]


def test_the_same_tools_are_withheld(wire):
    data = load_family("gemini")
    tools = data.variant("gemini-3.1-pro-preview").tools
    for ours, theirs in (("ask", "default"), ("edits", "auto_edit"), ("auto", "yolo")):
        left = [name for name in tools if name not in data.withheld.get(ours, ())]
        assert left == [name for name in wire["tools_by_approval"][theirs] if name not in LEFT_OUT]


@pytest.mark.parametrize("kind", [HostSandbox, BubblewrapSandbox])
@pytest.mark.parametrize("samples", ["samples", "samples_default_approval"])
async def test_results(wire, samples, kind, tmp_path):
    data = load_family("gemini")
    left_out = data.withheld["ask"] if "default" in samples else ()
    names = [name for name in data.variant("gemini-3.1-pro-preview").tools if name not in left_out]
    root = tmp_path / "repo"
    lay(root)
    python = python_environment(tmp_path / "cache", python=Path(sys.executable))
    sandbox = kind()
    try:
        await sandbox.start(SandboxSpec(workspace=root, inside=str(root), mounts=python.mounts, path=python.path))
    except SandboxUnavailable as why:
        pytest.skip(why.reason)
    try:
        rows = await replay(wire[samples], sandbox, root, names)
    finally:
        await sandbox.stop()
    assert len(rows) == len(wire[samples])
    missed = [(row.name, row.note, row.ours[-200:]) for row in rows if not (row.structure_ok and row.bytes_ok)]
    assert len(missed) <= (1 - AT_LEAST) * len(rows), missed


@pytest.mark.timeout(120)  # the first import of google-genai takes seconds
@pytest.mark.parametrize("model", ["gemini-3.1-pro-preview", "gemini-2.5-pro"])
async def test_the_body_has_the_same_fields_and_parameters(wire, model):
    profile = load_profile("gemini", model)
    here = Surroundings(
        cwd="/w", date="2026-11-23", timezone="Etc/UTC", platform="linux", os="Linux", shell="bash", tree="/w/"
    )
    frame = Frame(model=model, root="/w", tools=profile.facts.specs, surroundings=here)
    step = profile.request(Conversation().add(UserEntry(text="go")), frame)
    assert isinstance(step, Ask)
    async with serving("gemini", [Reply(text="Done.")]) as twin:
        client = await connect("gemini_generate", Endpoint(base_url=twin.base_url("gemini"), api_key="key-of-test"))
        try:
            async for _ in client.stream(step.request):
                pass
        finally:
            await client.close()
    body = twin.seen[0].call.body
    theirs = next(value for name, value in wire.items() if name.startswith(model))
    assert sorted(body) == ["contents", "generationConfig", "systemInstruction", "tools"]
    assert body["generationConfig"] == theirs["params"]["generationConfig"]
    assert (body["systemInstruction"]["role"], len(body["systemInstruction"]["parts"])) == ("user", 1)
    assert [(content["role"], len(content["parts"])) for content in body["contents"]] == [("user", 2)]
    assert [list(tool) for tool in body["tools"]] == [["functionDeclarations"]]
    declarations = body["tools"][0]["functionDeclarations"]
    assert {tuple(sorted(tool)) for tool in declarations} == {("description", "name", "parametersJsonSchema")}
