"""Which stations are made, and what is said where one cannot be."""

import pytest

from codergen.cli.stations import KNOWN, UNASKED, gather
from codergen.errors import UsageError
from codergen.settings import load
from providers.errors import BadSetting
from router.errors import CredentialRefused

VENDORS = {
    "claude-code": ("CODERGEN_CLAUDE_CODE", "ANTHROPIC_API_KEY"),
    "codex-cli": ("CODERGEN_CODEX_CLI", "OPENAI_API_KEY"),
    "gemini-cli": ("CODERGEN_GEMINI_CLI", "GEMINI_API_KEY"),
}


@pytest.fixture
def tools(tmp_path):
    """A folder for PATH with a node, and one tool of each vendor that tells a version."""
    script = b"#!/bin/sh\necho 'tool 1.2.3 (test)'\n"
    binaries = {
        "bin/node": script,
        "node_modules/@google/gemini-cli/bundle/gemini.js": b"",
    }
    for name, content in binaries.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o755)
    return tmp_path


async def one(name, tmp_path, sandbox="bubblewrap", **environ):
    settings = load({"CODERGEN_HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "bin"), **environ})
    bench = await gather(settings, [name], sandbox=sandbox, sessions=tmp_path / "sessions")
    (station,) = bench.stations
    return station


def test_a_vendors_tool_is_taken_only_when_it_is_named():
    assert set(VENDORS) <= set(KNOWN)
    assert not set(VENDORS) & set(UNASKED)


async def test_a_station_that_does_not_exist(tmp_path):
    with pytest.raises(UsageError, match=r"no station 'x'(.|\n)*claude-code"):
        await one("x", tmp_path)


@pytest.mark.parametrize("name", VENDORS)
async def test_a_tool_that_is_not_here_is_named_with_the_way_to_get_it(tools, name):
    with pytest.raises(UsageError, match=rf"{name} is not on this machine\n.*npm install.*{VENDORS[name][0]}"):
        await one(name, tools)


@pytest.mark.parametrize("name", VENDORS)
async def test_no_walls_no_tool(tools, name):
    with pytest.raises(UsageError, match="only behind walls"):
        await one(name, tools, sandbox="host")


async def test_a_tool_needs_a_key_and_knows_its_version(tools):
    environ = {"CODERGEN_GEMINI_CLI": str(tools), "CODERGEN_GEMINI_CLI_MODEL": "gemini-x"}
    with pytest.raises(CredentialRefused, match="GEMINI_API_KEY"):
        await one("gemini-cli", tools, **environ)
    version = (await one("gemini-cli", tools, GEMINI_API_KEY="k", **environ)).version
    assert (version.station, version.cli, version.model, version.sandbox) == (
        "gemini-cli",
        "1.2.3",
        "gemini-x",
        "bubblewrap",
    )


async def test_a_tool_is_reached_as_our_own_loop_would(tools):
    """The same variables, in the same order: a key must not go to the vendor when the person named another address."""
    tool = {"CODERGEN_GEMINI_CLI": str(tools)}
    assert (await one("gemini-cli", tools, GOOGLE_API_KEY="k", **tool)).version.cli == "1.2.3"
    for wrong in ("CODERGEN_GEMINI_URL", "GOOGLE_GEMINI_BASE_URL"):
        with pytest.raises(BadSetting, match=wrong):
            await one("gemini-cli", tools, GEMINI_API_KEY="k", **tool, **{wrong: "nowhere"})


async def test_gemini_needs_node(tmp_path):
    with pytest.raises(UsageError, match="needs node"):
        await one("gemini-cli", tmp_path)
