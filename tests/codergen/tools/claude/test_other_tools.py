"""Skills, tools that are kept back, agents, and calls that are not carried out."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from codergen.profiles.families import load_kit
from codergen.profiles.native_data import load_wording
from codergen.tools.agents import AgentReport, AgentTask
from codergen.tools.claude.speech import Speech
from codergen.tools.claude.tool_search import ToolSearch, found
from codergen.tools.refusals import Problem
from providers.types import ToolSpec, Usage

REFUSALS = load_kit("claude", load_wording("claude"), {}).refusals


async def test_a_skill_follows_its_result(bench):
    bench.put(".agents/skills/lint/SKILL.md", "---\nname: lint\ndescription: x\n---\n\nRun the linter.\n")
    told = await bench("Skill", skill="lint")
    assert told.content.endswith(" lint") and told.is_error is None
    assert told.after.endswith(f" {bench.root}/.agents/skills/lint\n\nRun the linter.\n")
    assert (await bench("Skill", skill="lint", args="src")).after.endswith("Run the linter.\n\n\nARGUMENTS: src")
    bench.put(".claude/skills/fix/SKILL.md", "Fix $ARGUMENTS now.")
    assert (await bench("Skill", skill="/fix", args="it")).after.endswith("\n\nFix it now.")


@pytest.mark.parametrize("name", ["none", "../../etc", ""])
async def test_a_skill_that_is_not_there(bench, name):
    told = await bench("Skill", skill=name)
    assert (told.said.case, told.is_error) == ("Skill.missing", True)


SPECS = [
    ToolSpec(name="mcp__tracker__list_issues", description="List open issues."),
    ToolSpec(name="mcp__tracker__close", description="Close one of the issues."),
    ToolSpec(name="mcp__mail__send", description="Send a letter."),
]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("select:mcp__mail__send, nothing", ["mcp__mail__send"]),
        ("issues", ["mcp__tracker__list_issues", "mcp__tracker__close"]),
        ("+mail letter", ["mcp__mail__send"]),
        ("+mail issues", ["mcp__mail__send"]),
        ("zzz", []),
    ],
)
def test_finding_tools(query, names):
    assert [spec.name for spec in found(query, SPECS, 5)] == names


async def test_found_tools_are_remembered(bench):
    tool = ToolSearch(Speech(load_wording("claude")), lambda: SPECS)
    told = await tool.run(tool.arguments(query="issues", max_results=1), bench.context)
    bench.state = bench.state.apply(told.state)
    again = await tool.run(tool.arguments(query="select:mcp__mail__send"), bench.context)
    assert again.state == {"notes": {"loaded_tools": ["mcp__tracker__list_issues", "mcp__mail__send"]}}
    assert '"name": "mcp__mail__send"' in again.content
    assert (await tool.run(tool.arguments(query="zzz"), bench.context)).said.case == "ToolSearch.none"


@dataclass(slots=True)
class OneAgent:
    """`Agents` of which each ends with what it was asked."""

    tasks: list[AgentTask] = field(default_factory=list)
    reports: dict[str, AgentReport] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)

    async def spawn(self, task: AgentTask) -> AgentReport:
        self.tasks.append(task)
        report = AgentReport(id=f"a{len(self.tasks)}", name=task.name, state="running")
        self.reports[report.id] = report
        return report

    async def send(self, id: str, text: str) -> None:
        raise AssertionError("not asked for")

    async def wait(self, ids, timeout_s=None, *, until="all"):
        for id in ids:
            state = "failed" if "fail" in self.tasks[int(id[1:]) - 1].text else "completed"
            text = self.tasks[int(id[1:]) - 1].text
            self.reports[id] = replace(
                self.reports[id], state=state, text=text, turns=2, usage=Usage(input=3, output=4), seconds=0.5
            )
        await asyncio.sleep(0)
        return tuple(self.reports[id] for id in ids)

    async def close(self, id: str) -> AgentReport:
        self.closed.append(id)
        return self.reports[id]

    def list(self):
        return tuple(self.reports.values())


async def test_an_agents_answer_is_the_result(bench):
    bench.agents = OneAgent()
    told = await bench("Agent", description="look", prompt="find it", model="haiku", effort="low")
    assert told.content == "find it\n\nagentId: a1\n<usage>total_tokens: 7\ntool_uses: 2\nduration_ms: 500</usage>"
    assert bench.agents.tasks == [AgentTask(text="find it", name="look", model="claude-haiku-5-5", effort="low")]
    assert bench.agents.closed == ["a1"]
    await bench("Agent", description="look", prompt="find", subagent_type="Explore")
    assert "change nothing" in bench.agents.tasks[-1].instructions
    unknown = await bench("Agent", description="look", prompt="find", subagent_type="nope")
    assert (
        unknown.is_error and "'nope'" in unknown.content and unknown.content.endswith("Explore, general-purpose, Plan")
    )
    failed = await bench("Agent", description="look", prompt="fail")
    assert (failed.said.case, failed.is_error) == ("Agent.failed", True)


async def test_an_agent_in_the_background_is_told_of_when_it_ends(bench):
    bench.agents = OneAgent()
    told = await bench("Agent", description="look", prompt="find it", run_in_background=True)
    assert told.said.case == "Agent.background" and bench.agents.closed == []
    (report,) = await bench.agents.wait(["a1"])
    told = bench.kit.notices.agent_ended(report)
    assert "<task-id>a1</task-id>" in told and "<result>find it</result>" in told


async def test_an_agent_sets_no_other_to_work(bench):
    assert (await bench("Agent", description="look", prompt="x")).said.case == "Agent.alone"


def problem(kind, name, **more):
    return Problem(kind=kind, name=name, told="too small", **more)


def test_refusals_have_one_line_a_problem():
    one = REFUSALS.arguments("Read", [problem("type", "file_path", expected="string", given="number")])
    assert one.content.startswith("<tool_use_error>InputValidationError: Read ") and one.is_error
    assert one.content.count("\n") == 1 and "`file_path`" in one.content
    two = REFUSALS.arguments("Bash", [problem("unexpected", "cmd"), problem("missing", "command")])
    assert two.said.case == "Refusals.missing_unexpected"
    assert two.content.index("`command`") < two.content.index("`cmd`")


def test_any_number_of_problems_is_told_in_the_words_of_each():
    wrong = [problem("value", "limit"), problem("unexpected", "b"), problem("missing", "a"), problem("unexpected", "c")]
    told = REFUSALS.arguments("Read", wrong).content
    head, *lines = told.removesuffix("</tool_use_error>").split("\n")
    assert head == REFUSALS.arguments("Read", wrong[1:3]).content.split("\n")[0]
    single = [REFUSALS.arguments("Read", [wrong[at]]).content.split("\n")[1] for at in (2, 1, 3, 0)]
    assert [f"{line}</tool_use_error>" for line in lines] == single


def test_other_refusals():
    assert REFUSALS.unknown("Nope", ["Read"]).content.endswith(" Nope</tool_use_error>")
    assert REFUSALS.denied("Bash", "ask first").content == "ask first"
    assert "end of input" in REFUSALS.not_json("Bash", "{", "end of input").content
