"""The vendors' own tools, for real: in bubblewrap, behind the proxy, with a scripted service. `make peers`."""

import json
import os
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.bubblewrap import BubblewrapSandbox
from codergen.tools.check import Check
from providers.scripted import Reply
from providers.twin.serving import serving
from providers.types import ToolCallPart
from providers.vendors import VENDORS
from router.station import Assignment, AttemptLimits, StationFault, workplace
from router.stations.claude_code import ClaudeCode
from router.stations.codex_cli import CodexCli
from router.stations.gemini_cli import GeminiCli
from router.stations.vendor_cli.binary import find, variable
from router.stations.vendor_cli.station import VendorStation

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]

REPORT = {"outcome": "done", "summary": "one too many", "checks": ["pytest: ok"], "question": ""}
SOURCE = "def double(x):\n    return x + x + 1\n"
EDIT = {"file_path": "numbers_.py", "old_string": "x + x + 1", "new_string": "x + x"}
PATCH = (
    "*** Begin Patch\n*** Update File: numbers_.py\n@@\n def double(x):\n-    return x + x + 1\n+    return x + x\n"
    "*** End Patch"
)
KILL = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline | grep -q ^/opt/cli && kill -9 ${p#/proc/}; done; sleep 5"
NODE_KILL = KILL.replace("^/opt/cli", "'^[^ ]*node.*/opt/cli'")


def address(vendor):
    """Variable with which the vendor's own tool is sent elsewhere."""
    return next(one.urls[-1] for one in VENDORS.values() if one.api == vendor.api)


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool, and how a model that it trusts would call it."""

    vendor: Any
    shell: Any
    read: Any
    edit: Any
    last: Any
    model: str = ""
    kill: str = KILL
    failed: tuple[bool, ...] = (False, True, False, False, True)
    """What its stream tells of: shell, failing shell, read, edit, failing edit."""
    offered: Any = field(default=None)


def claude_tools(body):
    return {tool["name"] for tool in body["tools"]}


def codex_tools(body):
    return {tool.get("name") or tool["type"] for tool in body["tools"]}


def gemini_tools(body):
    return {tool["name"] for tool in body["tools"][0]["functionDeclarations"]}


TOOLS = {
    "claude-code": Tool(
        vendor=ClaudeCode(),
        shell=lambda command: ("call", "Bash", {"command": command}),
        read=("call", "Read", {"file_path": "numbers_.py"}),
        edit=("call", "Edit", EDIT),
        last=("call", "StructuredOutput", REPORT),
        offered=(claude_tools, {"Bash", "Read", "Edit", "Write", "StructuredOutput", "DeferredToolPlaceholder"}),
    ),
    "codex-cli": Tool(
        vendor=CodexCli(),
        shell=lambda command: ("call", "exec_command", {"cmd": command}),
        read=("call", "exec_command", {"cmd": "cat numbers_.py"}),
        edit=("call", "apply_patch", PATCH),
        last=("text", json.dumps(REPORT)),
        model="gpt-5.5",
        failed=(False, True, False, False),  # a patch that does not fit is no event
        offered=(codex_tools, {"exec_command", "write_stdin", "request_user_input", "apply_patch", "view_image"}),
    ),
    "gemini-cli": Tool(
        vendor=GeminiCli(node=Path("/usr/bin/node")),
        shell=lambda command: ("call", "run_shell_command", {"command": command}),
        read=("call", "read_file", {"file_path": "numbers_.py"}),
        edit=("call", "replace", {**EDIT, "instruction": "one less"}),
        last=("text", json.dumps(REPORT)),
        kill=NODE_KILL,
        failed=(False, False, False, False, True),  # the exit code of a command is not told
        offered=(
            gemini_tools,
            {"read_file", "list_directory", "grep_search", "glob", "write_file", "replace", "run_shell_command"},
        ),
    ),
}


@pytest.fixture(params=TOOLS)
def tool(request):
    return TOOLS[request.param]


@pytest.fixture
def work(tmp_path, environment, upstream, gate_to, peers_cache):
    """Let a real tool work against a script; gives its report, or raises its fault."""

    async def go(tool, script=None, *, twin=None, seconds=120, model=None, idle_s=300.0, turns=50):
        workspace = tmp_path / "workspace"
        workspace.mkdir(exist_ok=True)
        (workspace / "numbers_.py").write_text(SOURCE)
        vendor = tool.vendor
        found = await find(vendor, {"PATH": ""}, peers_cache)
        assert found is not None, "run `make peers`, which installs it"
        given = Assignment(
            job_id="j",
            attempt=1,
            intent="double(2) gives 5 and should give 4",
            task_class="bugfix",
            language="python",
            scope=("**",),
            protected=(),
            non_goals=(),
            allowed_tools=("read", "write", "edit", "shell", "check"),
            checks=(Check(command="python -c 'from numbers_ import double; assert double(2) == 4'"),),
            reproduction=None,
            environment=environment,
            limits=AttemptLimits(seconds=seconds, turns=turns),
        )
        spec = SandboxSpec(workspace=workspace, mounts=environment.mounts, env=environment.env, path=environment.path)
        with nullcontext(twin) if twin else upstream.Upstream(script) as served:
            station = VendorStation(
                vendor=vendor,
                binary=found.binary,
                cli=found.version,
                gate=gate_to(vendor.api, served.url),
                model=tool.model if model is None else model,
                sandbox="bubblewrap",
                idle_s=idle_s,
            )
            async with workplace(station, given, spec) as place:
                sandbox = BubblewrapSandbox()
                await sandbox.start(place.spec)
                began = time.monotonic()
                try:
                    return await place.station.run(given, sandbox, go.events.append)
                finally:
                    go.seconds = time.monotonic() - began
                    await sandbox.stop()

    go.events = []
    go.source = (tmp_path / "workspace" / "numbers_.py").read_text
    return go


async def test_a_whole_job(tool, work, upstream):
    ok, bad = tool.shell("ls"), tool.shell("echo no; exit 3")
    script = upstream.Script(ok, bad, tool.read, tool.edit, tool.edit, tool.last, ("text", "bye"))
    report = await work(tool, script)
    assert (report.claimed, report.files, report.summary) == ("pr_ready", ("numbers_.py",), "one too many")
    assert work.source() == SOURCE.replace(" + 1", "")
    ends = [
        event.data for event in work.events if event.kind == "tool.end" and event.data["name"] != "StructuredOutput"
    ]
    assert tuple(end["is_error"] for end in ends) == tool.failed
    assert "numbers_.py" in ends[0]["content"]
    assert report.cost_usd is not None
    assert report.usage.output >= 120
    bodies = [body for path, _, body in script.requests if "count" not in path]
    assert len(bodies) == 6
    names, expected = tool.offered
    assert names(bodies[0]) == expected
    for _, headers, _ in script.requests:
        sent = {name.lower(): value for name, value in headers.items()}
        key = sent.get("x-api-key") or sent.get("x-goog-api-key") or sent["authorization"].removeprefix("Bearer ")
        assert key == "sk-real-and-secret"
    assert "sk-real" not in json.dumps([event.data for event in work.events])


@pytest.mark.parametrize(
    ("name", "provider"), [("claude-code", "anthropic"), ("codex-cli", "openai"), ("gemini-cli", "gemini")]
)
async def test_a_whole_job_against_the_twin(work, name, provider):
    """Which checks every request as the service does."""
    tool = TOOLS[name]
    turns = [tool.shell("ls"), tool.shell("echo no; exit 3"), tool.read, tool.edit, tool.edit, tool.last]
    async with serving(provider, [said(turn, number) for number, turn in enumerate(turns)]) as twin:
        report = await work(tool, twin=twin)
    assert (report.claimed, report.files, report.details["requests"]) == ("pr_ready", ("numbers_.py",), 6)
    assert work.source() == SOURCE.replace(" + 1", "")


def said(turn, number):
    """A turn of the scripted service as the twin's."""
    if turn[0] == "text":
        return Reply(text=turn[1])
    freeform = isinstance(turn[2], str)
    arguments = turn[2] if freeform else json.dumps(turn[2])
    part = ToolCallPart(id=f"call_{number}", name=turn[1], arguments=arguments, freeform=freeform)
    return Reply(tool_calls=(part,))


async def test_codex_in_code_mode_has_its_host(work, upstream):
    script = upstream.Script(
        ("call", "exec", 'const r = await tools.exec_command({cmd: "ls"}); text(r.output);'),
        ("call", "exec", f"await tools.apply_patch({json.dumps(PATCH)})"),
        ("text", json.dumps(REPORT)),
    )
    report = await work(TOOLS["codex-cli"], script, model="gpt-6.1-sol")
    assert (report.claimed, report.files) == ("pr_ready", ("numbers_.py",))


FAULTS = [
    ("401", {}, "provider", "to a key that works"),
    ("403", {}, "provider", "may use this model"),
    ("429", {}, "provider", r"rate|requests|429"),
    ("500", {}, "provider", "server_fault"),
    ("garbage", {}, "provider", "garbled_response"),
    ("hang", {"idle_s": 1.5}, "provider", "timed_out"),
]


@pytest.mark.parametrize(("fault", "limits", "reason", "words"), FAULTS, ids=[row[0] for row in FAULTS])
async def test_a_service_that_fails_ends_it_clearly_and_soon(tool, work, upstream, fault, limits, reason, words):
    with pytest.raises(StationFault, match=words) as caught:
        await work(tool, upstream.Script(("text", "x"), fault=fault), **limits)
    assert caught.value.reason == reason
    assert work.seconds < 90
    assert work.source() == SOURCE


async def test_an_answer_that_is_cut_is_never_done(tool, work, upstream):
    script = upstream.Script(tool.edit, ("text", f"It is all done now. {json.dumps(REPORT)}"), cut_at=1)
    with pytest.raises(StationFault) as caught:
        await work(tool, script)
    assert caught.value.reason == "provider"


async def test_a_tool_that_is_killed_is_a_fault(tool, work, upstream):
    with pytest.raises(StationFault, match=r"signal 9|exit code 137") as caught:
        await work(tool, upstream.Script(tool.shell(tool.kill), tool.last))
    assert caught.value.reason == "worker"


async def test_answers_are_limited(tool, work, upstream):
    report = await work(tool, upstream.Script(tool.shell("true")), turns=3)
    assert (report.claimed, report.details["ended"]) == ("escalate", "turns")


def test_a_real_bug_goes_through_the_whole_line(tool, upstream, tmp_path, peers_cache):
    repository = tmp_path / "repository"
    (repository / "tests").mkdir(parents=True)
    (repository / "numbers_.py").write_text(SOURCE)
    (repository / "tests" / "test_numbers.py").write_text(
        "from numbers_ import double\n\n\ndef test_two():\n    assert double(2) == 4\n\n\n"
        "def test_zero():\n    assert double(0) == 0\n"
    )
    packet = tmp_path / "bug.toml"
    packet.write_text(
        f'intent = "double(2) gives 5 and should give 4"\n[repository]\npath = "{repository}"\n'
        '[[validation.checks]]\ncommand = "python -m pytest -q tests"\n'
    )
    git = "git init -q && git add -A && git -c user.name=a -c user.email=a@example.invalid commit -qm base"
    subprocess.run(git, shell=True, cwd=repository, check=True)
    vendor = tool.vendor
    script = upstream.Script(tool.shell("python -m pytest -q tests"), tool.edit, tool.last, ("text", "bye"))
    (installed,) = (peers_cache / "peers").glob(f"{vendor.name}-*")
    with upstream.Upstream(script) as served:
        environ = {
            "PATH": os.environ["PATH"],
            "CODERGEN_HOME": str(tmp_path / "home"),
            variable(vendor): str(installed),
            f"{variable(vendor)}_MODEL": tool.model,
            vendor.key: "sk-real-and-secret",
            address(vendor): served.url,
        }
        command = [sys.executable, "-I", "-m", "codergen", "run", "--packet", str(packet), "--station", vendor.name]
        done = subprocess.run([*command, "--output", "json"], env=environ, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["terminal_state"], document["reason"]) == ("pr_ready", "verified")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert b"sk-real-and-secret" not in kept
