"""Every kind of station against the one suite. The vendors' own tools are marked `peers`."""

import json
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from codergen.profiles.families import load_profile
from codergen.profiles.plain import load_plain
from codergen.sandbox.bubblewrap import BubblewrapSandbox
from providers.errors import AuthFailed
from providers.retry import NO_RETRY
from providers.scripted import Reply, ScriptedClient, call
from router import conformance
from router.stations.claude_code import ClaudeCode
from router.stations.codergen import CodergenStation
from router.stations.codex_cli import CodexCli
from router.stations.gemini_cli import GeminiCli
from router.stations.repair.station import RepairLimits, RepairStation
from router.stations.vendor_cli.binary import find
from router.stations.vendor_cli.station import VendorStation

pytestmark = pytest.mark.timeout(240)
REAL_KEY = "sk-real-and-secret"
FIX = {"file_path": "numbers_.py", "old_string": "x + x + 1", "new_string": "x + x"}
PATCH = (
    "*** Begin Patch\n*** Update File: numbers_.py\n@@\n def double(x):\n-    return x + x + 1\n+    return x + x\n"
    "*** End Patch"
)
MEND = "sed -i 's/ + 1//' numbers_.py"
REPORT = {"outcome": "done", "summary": "one too many", "checks": [], "question": ""}
TEXT = ("text", json.dumps(REPORT))


@pytest.fixture
def repair(tmp_path):
    @asynccontextmanager
    async def subject(other):
        yield RepairStation(sandbox_kind="bubblewrap", limits=RepairLimits(seconds=30))

    return subject


@pytest.fixture
def plain(tmp_path):
    @asynccontextmanager
    async def subject(other):
        reply = Reply(text="def double(x):\n    return 2 * x", error=AuthFailed("no") if other == "refuses" else None)
        yield CodergenStation(
            client=ScriptedClient(turns=[reply]),
            model="m-1",
            profile=load_plain(),
            journals=tmp_path / "station",
            sandbox="bubblewrap",
            retry=NO_RETRY,
        )

    return subject


def native(tmp_path, family, model, shell, fix):
    """Our own loop with a family's profile, its model as scripted."""

    @asynccontextmanager
    async def subject(other):
        name, arguments = shell if other == "waits" else fix
        turns = [Reply(tool_calls=(call(name, json.dumps(arguments)),)), Reply(text="one too many")]
        yield CodergenStation(
            client=ScriptedClient(turns=[Reply(error=AuthFailed("no"))] if other == "refuses" else turns),
            model=model,
            profile=load_profile(family, model),
            journals=tmp_path / "station",
            sandbox="bubblewrap",
            retry=NO_RETRY,
        )

    return subject


@pytest.fixture
def own_claude(tmp_path):
    shell = ("Bash", {"command": conformance.CHECK})
    return native(tmp_path, "claude", "claude-opus-5-5", shell, ("Bash", {"command": MEND}))


@pytest.fixture
def own_codex(tmp_path):
    shell = ("exec_command", {"cmd": conformance.CHECK})
    return native(tmp_path, "codex", "gpt-5.5", shell, ("apply_patch", {"input": PATCH}))


@pytest.fixture
def own_gemini(tmp_path):
    shell = ("run_shell_command", {"command": conformance.CHECK})
    fix = ("replace", {**FIX, "instruction": "one less"})
    return native(tmp_path, "gemini", "gemini-3.1-pro-preview", shell, fix)


@pytest.fixture
def fake_tool(fake, upstream):
    @asynccontextmanager
    async def subject(other):
        match other:
            case "fixes":
                yield fake("fix")
            case "waits":
                yield fake("run", conformance.CHECK)
            case "refuses":
                yield fake("refused", script=upstream.Script(("text", ""), fault="401"))

    return subject


def real(vendor, shell, fix, last, peers_cache, upstream, gate_to, model=""):
    @asynccontextmanager
    async def subject(other):
        found = await find(vendor, {"PATH": ""}, peers_cache)
        assert found is not None, "run `make peers`, which installs it"
        script = upstream.Script(*({"waits": [shell], "fixes": [*fix, last]}.get(other, [last])))
        script.fault = "401" if other == "refuses" else ""
        with upstream.Upstream(script) as served:
            yield VendorStation(
                vendor=vendor,
                binary=found.binary,
                cli=found.version,
                gate=gate_to(vendor.api, served.url),
                model=model,
                sandbox="bubblewrap",
            )

    return subject


@pytest.fixture
def claude_code(peers_cache, upstream, gate_to):
    shell = ("call", "Bash", {"command": conformance.CHECK})
    fix = [("call", "Edit", FIX), ("call", "StructuredOutput", REPORT)]
    return real(ClaudeCode(), shell, fix, TEXT, peers_cache, upstream, gate_to)


@pytest.fixture
def codex_cli(peers_cache, upstream, gate_to):
    shell = ("call", "exec_command", {"cmd": conformance.CHECK})
    return real(
        CodexCli(), shell, [("call", "apply_patch", PATCH)], TEXT, peers_cache, upstream, gate_to, model="gpt-5.5"
    )


@pytest.fixture
def gemini_cli(peers_cache, upstream, gate_to):
    shell = ("call", "run_shell_command", {"command": conformance.CHECK})
    fix = [("call", "replace", {**FIX, "instruction": "one less"})]
    return real(GeminiCli(node=Path("/usr/bin/node")), shell, fix, TEXT, peers_cache, upstream, gate_to)


SUBJECTS = [
    "repair", "plain", "own_claude", "own_codex", "own_gemini", "fake_tool",
    *(pytest.param(name, marks=pytest.mark.peers) for name in ("claude_code", "codex_cli", "gemini_cli")),
]  # fmt: skip


@pytest.fixture
def bench(request, tmp_path, environment):
    def make(subject):
        return conformance.Bench(
            subject=request.getfixturevalue(subject),
            create=BubblewrapSandbox,
            environment=environment,
            folder=tmp_path,
            secrets=(REAL_KEY,),
        )

    return make


@pytest.mark.parametrize("case", conformance.CASES)
@pytest.mark.parametrize("subject", SUBJECTS)
async def test_case(bench, subject, case):
    await conformance.CASES[case](bench(subject))


@pytest.mark.parametrize("case", conformance.PROVIDED)
@pytest.mark.parametrize("subject", SUBJECTS[1:])
async def test_a_service_that_fails(bench, subject, case):
    await conformance.PROVIDED[case](bench(subject))
