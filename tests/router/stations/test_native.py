"""Families' profiles of our own loop as stations: what they may use, what they claim, what is kept of them."""

import json
import sys

import pytest

from codergen.events import ignore
from codergen.journal import read
from codergen.profiles.families import Own, load_profile
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.check import Check, Environment
from providers.retry import NO_RETRY
from providers.scripted import Reply, ScriptedClient, call
from router.station import Assignment, AttemptLimits
from router.stations.codergen import CodergenStation
from router.stations.equipment import NEEDS, equip

ALL = ("read", "write", "edit", "shell", "check")
FAMILIES = {"claude": "claude-opus-5-5", "codex": "gpt-5.5", "gemini": "gemini-3.1-pro-preview"}
SHELL = {"claude": "Bash", "codex": "exec_command", "gemini": "run_shell_command"}
SOURCE = "def double(x):\n    return x + x + 1\n"
TEST = (
    "import unittest\nfrom numbers_ import double\n\n\nclass T(unittest.TestCase):\n"
    "    def test_double(self):\n        self.assertEqual(double(2), 4)\n"
)
PATCH = (
    "*** Begin Patch\n*** Update File: numbers_.py\n@@\n def double(x):\n-    return x + x + 1\n+    return x + x\n"
    "*** End Patch"
)


def assignment(root="/workspace", **changes):
    given = {
        "job_id": "j1",
        "attempt": 1,
        "intent": "double(2) gives 5.",
        "task_class": "bugfix",
        "language": "python",
        "scope": ("**",),
        "protected": ("tests/**",),
        "non_goals": (),
        "allowed_tools": ALL,
        "checks": (Check(command="python -m unittest -q"),),
        "reproduction": None,
        "environment": Environment(python=sys.executable, mounts=(), path=()),
        "limits": AttemptLimits(),
        "root": root,
    }
    return Assignment(**given | changes)


@pytest.fixture
async def sandbox(tmp_path):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "numbers_.py").write_text(SOURCE)
    (workspace / "test_numbers.py").write_text(TEST)
    sandbox = HostSandbox()
    sandbox.record = await sandbox.start(SandboxSpec(workspace=workspace))
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def station(tmp_path):
    def make(family, *answers, own=None, **changes):
        given = {
            "client": ScriptedClient(turns=answers),
            "model": FAMILIES[family],
            "profile": load_profile(family, FAMILIES[family], own),
            "journals": tmp_path / "journals",
            "sandbox": "host",
            "retry": NO_RETRY,
        }
        return CodergenStation(**given | changes)

    return make


def shell(family, command):
    name = SHELL[family]
    return Reply(tool_calls=(call(name, json.dumps({"cmd" if family == "codex" else "command": command})),))


def check(id="call_check"):
    return Reply(tool_calls=(call("check", "{}", id=id),))


MEND = "sed -i 's/ + 1//' numbers_.py"


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_change_by_a_command_is_a_claim(station, sandbox, family):
    work = station(family, shell(family, MEND), Reply(text="One too many."))
    report = await work.run(assignment(sandbox.record.inside), sandbox, ignore)
    assert (report.claimed, report.reason, report.files) == ("pr_ready", "", ("numbers_.py",)), report
    assert report.summary == "One too many."
    assert sandbox.record.inside in repr(work.client.requests[0])


@pytest.mark.parametrize("family", FAMILIES)
async def test_words_without_a_change_are_no_claim(station, sandbox, family):
    report = await station(family, Reply(text="All is well.")).run(assignment(sandbox.record.inside), sandbox, ignore)
    assert (report.claimed, report.reason, report.files) == ("escalate", "attempts_rejected", ())


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_check_that_failed_the_last_time_is_no_claim(station, sandbox, family):
    wrong = shell(family, "sed -i 's/x + x + 1/x/' numbers_.py")
    work = station(family, wrong, check(), Reply(text="Done."))
    report = await work.run(assignment(sandbox.record.inside), sandbox, ignore)
    assert (report.claimed, report.files) == ("escalate", ("numbers_.py",))
    assert "0 passed, 1 failed" in report.validation[0]
    assert [tool.name for tool in work.client.requests[0].tools][-1] == "check"


async def test_the_checks_of_the_job_can_be_run_until_they_pass(station, sandbox):
    work = station("claude", check("c1"), shell("claude", MEND), check("c2"), Reply(text="Done."))
    report = await work.run(assignment(sandbox.record.inside), sandbox, ignore)
    assert (report.claimed, len(report.validation)) == ("pr_ready", 2)


async def test_a_limit_reached_with_an_unproven_change_is_no_claim(station, sandbox):
    work = station("claude", *[shell("claude", MEND)] * 3, Reply(text="I must stop."))
    limits = AttemptLimits(turns=1)
    report = await work.run(assignment(sandbox.record.inside, limits=limits), sandbox, ignore)
    assert (report.claimed, report.details["ended"]) == ("escalate", "turns")


@pytest.mark.parametrize("family", ["claude", "gemini"])
async def test_a_job_without_shell_has_none(station, sandbox, family):
    allowed = ("read", "edit", "check")
    work = station(family, shell(family, MEND), Reply(text="Done."))
    report = await work.run(assignment(sandbox.record.inside, allowed_tools=allowed), sandbox, ignore)
    assert SHELL[family] not in [tool.name for tool in work.client.requests[0].tools]
    assert (report.claimed, report.files) == ("escalate", ())


@pytest.mark.parametrize(
    ("family", "allowed", "lacking"),
    [
        ("codex", ("read", "write", "edit", "check"), ("read",)),
        ("claude", ("read", "check"), ("edit",)),
        ("gemini", ("check",), ("read", "edit")),
        ("codex", ALL, ()),
        ("claude", ("read", "edit"), ()),
        ("gemini", ("read", "write"), ()),
    ],
)
async def test_what_a_job_withholds_is_told(station, sandbox, family, allowed, lacking):
    work = station(family)
    job = assignment(sandbox.record.inside, allowed_tools=allowed)
    assert equip(work.profile, job).lacking == lacking
    if lacking:
        report = await work.run(job, sandbox, ignore)
        assert (report.claimed, report.reason) == ("escalate", "access")
        assert ", ".join(lacking) in report.summary
        assert not work.client.requests


@pytest.mark.parametrize("family", FAMILIES)
def test_every_tool_of_a_family_has_its_place_in_packets(family):
    there = set(load_profile(family, FAMILIES[family]).facts.tools)
    assert there - {"ToolSearch"} <= set(NEEDS)


async def test_protected_files_are_not_edited(station, sandbox):
    edit = {"file_path": f"{sandbox.record.inside}/numbers_.py", "old_string": " + 1", "new_string": ""}
    read_it = call("Read", json.dumps({"file_path": edit["file_path"]}), id="r")
    answers = [Reply(tool_calls=(read_it,)), Reply(tool_calls=(call("Edit", json.dumps(edit)),)), Reply(text="Done.")]
    job = assignment(sandbox.record.inside, protected=("numbers_.py",))
    report = await station("claude", *answers).run(job, sandbox, ignore)
    assert (report.claimed, report.files) == ("escalate", ())


async def test_a_patch_tells_its_file(station, sandbox):
    patch = call("apply_patch", json.dumps({"input": PATCH}))
    report = await station("codex", Reply(tool_calls=(patch,)), Reply(text="Done.")).run(
        assignment(sandbox.record.inside), sandbox, ignore
    )
    assert (report.claimed, report.files) == ("pr_ready", ("numbers_.py",))


@pytest.mark.parametrize("family", FAMILIES)
async def test_own_prompts_reach_the_model(station, sandbox, family):
    work = station(family, Reply(text="Hm."), own=Own(texts={"tone": "Speak in verse."}))
    await work.run(assignment(sandbox.record.inside), sandbox, ignore)
    assert "Speak in verse." in repr(work.client.requests[0])


def test_identity_changes_with_own_prompts(station):
    one, other = station("claude"), station("claude", own=Own(texts={"tone": "Speak in verse."}))
    assert one.version.station == "codergen/claude"
    assert "reproduction_packet" in one.version.scaffolds
    assert one.version.id == station("claude").version.id
    assert (one.version.profile != other.version.profile, one.version.prompts != other.version.prompts) == (True, True)


async def test_surroundings_are_kept_and_leave_the_user_out(station, sandbox, tmp_path):
    (tmp_path / "workspace" / "CLAUDE.md").write_text("Use tabs.")
    work = station("claude", Reply(text="Hm."))
    await work.run(assignment(sandbox.record.inside), sandbox, ignore)
    first = read(tmp_path / "journals" / "j1-1-claude.jsonl").lines[0].data
    assert [file["scope"] for file in first["surroundings"]["instructions"]] == ["project"]
    assert "Use tabs." in repr(work.client.requests[0])
