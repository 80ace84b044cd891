"""Patches, pictures, goals, agents, and calls that are not carried out."""

import base64
import json
from dataclasses import replace

import pytest

from codergen.profiles.families import load_kit
from codergen.profiles.native_data import load_wording
from codergen.sandbox.base import ExecResult
from codergen.tools.agents import AgentReport
from codergen.tools.base import Intent
from codergen.tools.codex.agents import CloseAgent, ResumeAgent, SendInput, SpawnAgent, WaitAgent
from codergen.tools.codex.apply_patch import ApplyPatch, ApplyPatchArguments

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEUlEQVR4nGP4z8DA8B+MgBgAHfAD/dPQfSYAAAAASUVORK5CYII="
)
PATCH = """*** Begin Patch
*** Add File: new/n.txt
+one
*** Update File: run.sh
*** Move to: bin/run.sh
@@
-old
+new
*** Delete File: gone.txt
*** End Patch
"""


async def test_a_patch_adds_moves_and_deletes(call, workspace):
    (workspace / "run.sh").write_text("old\n")
    (workspace / "run.sh").chmod(0o755)
    (workspace / "gone.txt").write_text("x")
    result = await call("apply_patch", PATCH)
    assert result.content.startswith("Exit code: 0\nWall time: 0 seconds\nOutput:\n")
    assert result.content.endswith("\nA new/n.txt\nM bin/run.sh\nD gone.txt\n")
    assert (workspace / "bin/run.sh").read_text() == "new\n"
    assert (workspace / "bin/run.sh").stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in workspace.rglob("*") if path.is_file()) == ["n.txt", "run.sh"]
    assert result.details["changed"] == [
        f"{workspace}/new/n.txt", f"{workspace}/bin/run.sh", f"{workspace}/run.sh", f"{workspace}/gone.txt",
    ]  # fmt: skip


async def test_a_patch_that_does_not_fit_changes_nothing(call, workspace):
    (workspace / "run.sh").write_text("other\n")
    (workspace / "gone.txt").write_text("x")
    result = await call("apply_patch", PATCH)
    assert result.content.startswith("apply_patch verification failed: ")
    assert result.content.endswith(f"{workspace}/run.sh:\nold")
    assert sorted(path.name for path in workspace.rglob("*")) == ["gone.txt", "run.sh"]


@pytest.mark.parametrize(
    ("patch", "begins"),
    [
        ("x", "invalid patch: "),
        ("*** Begin Patch\n*** Change File: a\n*** End Patch", "invalid hunk at line 2, '*** Change File: a' "),
        ("*** Begin Patch\n*** Update File: a\n*** End Patch", "invalid hunk at line 2, "),
        ("*** Begin Patch\n*** Update File: a\n@@\n*** End Patch", "invalid hunk at line 4, "),
        ("*** Begin Patch\n*** Update File: a\n@@\nx\n*** End Patch", "invalid hunk at line 4, "),
        ("*** Begin Patch\n*** Update File: a\n@@\n-x\ny\n*** End Patch", "invalid hunk at line 5, "),
        ("*** Begin Patch\n*** Environment ID:\n*** End Patch", "invalid patch: "),
        ("*** Begin Patch\n*** End Patch", "invalid patch: "),
        ("*** Begin Patch\n*** Delete File: a\n*** End Patch", ""),
        ("*** Begin Patch\n*** Update File: a\n@@ f\n-x\n*** End Patch", ""),
    ],
)
async def test_what_is_wrong_is_said(call, patch, begins):
    assert (await call("apply_patch", patch)).content.startswith(f"apply_patch verification failed: {begins}")


async def test_nothing_outside_the_workspace_is_written(call, workspace):
    result = await call("apply_patch", "*** Begin Patch\n*** Add File: ../out.txt\n+x\n*** End Patch")
    assert result.said.case == "apply_patch.unwritable"
    assert not (workspace.parent / "out.txt").exists()


def test_the_files_of_a_patch_are_known_before():
    tool = ApplyPatch(load_wording("codex"))
    assert tool.intent(ApplyPatchArguments(input=PATCH)) == Intent(
        act="edit", paths=("new/n.txt", "run.sh", "gone.txt", "bin/run.sh")
    )
    assert tool.intent(ApplyPatchArguments(input="x")) == Intent(act="edit")


async def test_pictures_are_shown_by_what_they_are(call, workspace):
    (workspace / "pic.dat").write_bytes(PNG)
    (workspace / "text.png").write_text("text")
    shown = await call("view_image", path="pic.dat")
    (picture,) = shown.media
    assert (shown.content, picture.media_type, picture.detail) == ("", "image/png", "original")
    assert base64.b64decode(picture.data) == PNG
    assert (await call("view_image", path="text.png")).content.startswith("unable to process image: ")
    assert f"`{workspace}/none.png`: " in (await call("view_image", path="none.png")).content


async def test_a_goal_is_kept_by_the_session(call):
    none = {"goal": None, "remainingTokens": None, "completionBudgetReport": None}
    assert json.loads((await call("get_goal")).content) == none
    assert (await call("update_goal", status="complete")).said.case == "update_goal.none"
    assert (await call("create_goal", objective=" ")).said.case == "create_goal.blank"
    assert (await call("create_goal", objective="x", token_budget=0)).said.case == "create_goal.budget"
    await call("create_goal", objective="all green", token_budget=5)
    goal = {"objective": "all green", "status": "active", "tokenBudget": 5}
    assert json.loads((await call("get_goal")).content)["goal"] == goal
    assert (await call("create_goal", objective="more")).said.case == "create_goal.there"
    await call("update_goal", status="complete")
    assert json.loads((await call("create_goal", objective="more")).content)["goal"]["objective"] == "more"


async def test_calls_that_are_not_carried_out(call):
    assert (await call("nope", a=1)).content == "unsupported call: nope"
    missing = await call("exec_command", command="ls")
    assert missing.content == "failed to parse function arguments: missing field `cmd` at line 1 column 17"
    assert (await call("view_image", path="x", more=1)).said.case == "view_image.missing"


@pytest.mark.parametrize(
    ("args", "given", "expected"),
    [
        ({"cmd": 5}, "integer `5`", "a string at line 1 column 9"),
        ({"cmd": ["ls"]}, "sequence", "a string at line 1 column 8"),
        ({"cmd": {}}, "map", "a string at line 1 column 8"),
        ({"cmd": "ls", "yield_time_ms": "x"}, 'string "x"', "u64 at line 1 column 34"),
        ({"cmd": "ls", "yield_time_ms": 1.5}, "floating point `1.5`", "u64 at line 1 column 34"),
        ({"cmd": "ls", "tty": "x"}, 'string "x"', "a boolean at line 1 column 24"),
    ],
)
async def test_a_wrong_type_is_told_with_its_place(call, args, given, expected):
    """Places and names as codex-cli was measured to give them."""
    told = (await call("exec_command", **args)).content
    assert told.startswith(f"failed to parse function arguments: invalid type: {given}, ")
    assert told.endswith(f" {expected}")


class Three:
    """`Agents` that end at once."""

    def __init__(self):
        self.reports = {}
        self.sent = []

    async def spawn(self, task):
        report = AgentReport(id=f"a{len(self.reports)}", name="ann", state="running")
        self.reports[report.id] = replace(report, text=f"did {task.text}", state="completed")
        return report

    async def send(self, id, text):
        self.sent.append((id, text))

    async def wait(self, ids, timeout_s=None, *, until="all"):
        return tuple(self.reports[id] for id in ids)

    async def close(self, id):
        self.reports[id] = replace(self.reports[id], state="closed")
        return self.reports[id]

    def list(self):
        return tuple(self.reports.values())


async def test_agents_are_set_to_work(context):
    agents = Three()
    within = replace(context, agents=agents)

    async def ask(kind, **args):
        tool = kind(load_wording("codex"))
        return (await tool.run(tool.arguments.model_validate(args), within)).content

    assert json.loads(await ask(SpawnAgent, message="this", reasoning_effort="low")) == {
        "agent_id": "a0", "nickname": "ann",
    }  # fmt: skip
    assert json.loads(await ask(SendInput, target="a0", items=[{"type": "text", "text": "more"}]))
    assert agents.sent == [("a0", "more")]
    ended = {"status": {"a0": {"completed": "did this"}}, "timed_out": False}
    assert json.loads(await ask(WaitAgent, targets=["a0"])) == ended
    assert json.loads(await ask(CloseAgent, target="a0")) == {"previous_status": {"completed": "did this"}}
    assert json.loads(await ask(ResumeAgent, id="a0")) == {"status": "not_found"}
    assert json.loads(await ask(ResumeAgent, id="zz")) == {"status": "not_found"}
    assert json.loads(await ask(WaitAgent, targets=["a0"])) == {"status": {"a0": "not_found"}, "timed_out": False}


@pytest.mark.parametrize(
    ("kind", "args", "case"),
    [
        (SpawnAgent, {}, "neither"),
        (SpawnAgent, {"message": " "}, "blank"),
        (SpawnAgent, {"message": "x", "items": [{"text": "y"}]}, "twice"),
        (SpawnAgent, {"message": "x", "fork_context": True}, "fork"),
        (SpawnAgent, {"message": "x", "reasoning_effort": "most"}, "effort"),
        (SendInput, {"target": "zz", "message": "x"}, "unknown"),
        (CloseAgent, {"target": "zz"}, "unknown"),
        (WaitAgent, {"targets": []}, "none"),
    ],
)
async def test_what_is_wrong_with_a_call_of_agents_is_said(context, kind, args, case):
    agents = Three()
    tool = kind(load_wording("codex"))
    result = await tool.run(tool.arguments.model_validate(args), replace(context, agents=agents))
    assert result.said.case == f"agent.{case}"
    assert not agents.reports and not agents.sent


async def test_an_agent_sets_no_agents_to_work(call):
    assert (await call("spawn_agent", message="x")).is_error


def test_of_work_beside_it_only_the_end_of_agents_is_told():
    notices = load_kit("codex", load_wording("codex"), {}).notices
    assert notices is not None
    assert notices.process_ended("1", ExecResult(stdout=b"", stderr=b"", exit_code=0)) == ""
    told = notices.agent_ended(AgentReport(id="a0", name="ann", state="completed", text="done"))
    assert told == (
        '<subagent_notification>\n{"agent_path":"a0","status":{"completed":"done"}}\n</subagent_notification>'
    )
