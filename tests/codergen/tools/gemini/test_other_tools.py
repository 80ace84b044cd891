"""Topic, todos, skills, agents, refusals."""

from dataclasses import replace
from decimal import Decimal

from codergen.profiles.families import load_kit
from codergen.profiles.native_data import load_family, load_wording
from codergen.tools.agents import AgentReport
from codergen.tools.gemini.agent import InvokeAgent, InvokeAgentArguments


async def test_a_topic_is_told_once(call):
    first = await call("update_topic", title="T", summary="S", strategic_intent=" I ")
    assert first.content == 'Current topic: "T"\nTopic summary: S\n\nStrategic Intent: I'
    again = await call("update_topic", title="T", strategic_intent="more")
    assert again.content == "Strategic Intent: more"
    other = await call("update_topic", title="U", strategic_intent="I")
    assert other.content.startswith('Current topic: "U"\nTopic summary: ...\n')


async def test_todos_are_kept_whole(call):
    todos = [{"description": "look", "status": "completed"}, {"description": "do", "status": "in_progress"}]
    result = await call("write_todos", todos=todos)
    assert result.content.endswith(":\n1. [completed] look\n2. [in_progress] do")
    assert result.state == {"notes": {"gemini.todos": todos}}
    assert (await call("write_todos", todos=[])).said.case == "write_todos.cleared"


async def test_a_skill_comes_with_its_files(call, workspace):
    folder = workspace / ".agents/skills/release"
    (folder / "bin").mkdir(parents=True)
    (folder / "SKILL.md").write_text("---\nname: release\ndescription: d\n---\n\nTag it.\n")
    (folder / "bin/tag.sh").touch()
    result = await call("activate_skill", name="release")
    assert result.content == (
        '<activated_skill name="release">\n  <instructions>\n    Tag it.\n  </instructions>\n\n'
        "  <available_resources>\n    SKILL.md\n    bin/tag.sh\n  </available_resources>\n</activated_skill>"
    )
    for name in ("none", "../skills/release", ""):
        wrong = await call("activate_skill", name=name)
        assert (wrong.is_error, wrong.said.fields["names"]) == (True, "release")


class OneAgent:
    """Agents that end at once as they are told to."""

    def __init__(self, state):
        self.report = AgentReport(id="1", name="helper", state=state, text="Done.", cost_usd=Decimal(0))
        self.log = []

    async def spawn(self, task):
        self.log.append((task.name, task.text))
        return self.report

    async def wait(self, ids, timeout_s=None, *, until="all"):
        return (self.report,)

    async def close(self, id):
        self.log.append(id)
        return self.report


async def test_an_agents_answer_is_the_result(context):
    tool, args = InvokeAgent(load_wording("gemini")), InvokeAgentArguments(agent_name="helper", prompt="Look.")
    agents = OneAgent("completed")
    assert (await tool.run(args, replace(context, agents=agents))).content == "Done."
    assert agents.log == [("helper", "Look."), "1"]
    failed = await tool.run(args, replace(context, agents=OneAgent("failed")))
    assert (failed.is_error, failed.content.endswith(" Done.")) == (True, True)
    assert (await tool.run(args, context)).said.case == "invoke_agent.none"


async def test_a_call_of_what_is_not_there_names_the_nearest(call):
    result = await call("read_fil", path="x")
    assert result.said.fields == {"name": "read_fil", "names": '"read_file", "write_file", "replace"'}


async def test_the_first_problem_is_told_missing_ones_before_all_others(call):
    cases = [
        ("replace", {"file_path": 5, "new_string": ""}, ("call.required", {"name": "instruction"})),
        ("read_file", {"file_path": 5}, ("call.type", {"name": "file_path", "type": "string"})),
        ("read_file", {"file_path": "a", "start_line": "2"}, ("call.type", {"name": "start_line", "type": "integer"})),
        (
            "list_directory",
            {"dir_path": ".", "file_filtering_options": {"respect_git_ignore": "no"}},
            ("call.type", {"name": "file_filtering_options/respect_git_ignore", "type": "boolean"}),
        ),
        ("write_todos", {"todos": [], "more": 1}, ("call.unexpected", {"name": "more"})),
        (
            "write_todos",
            {"todos": [{"status": "pending"}]},
            ("call.required_below", {"path": "todos/0", "name": "description"}),
        ),
    ]  # fmt: skip
    for tool, args, expected in cases:
        result = await call(tool, **args)
        assert (result.said.case, dict(result.said.fields)) == expected
        assert result.is_error
    low = await call("read_file", file_path="a", start_line=0)
    assert (low.said.case, low.said.fields) == ("call.bound", {"name": "start_line", "bound": ">= 1"})
    status = await call("write_todos", todos=[{"description": "d", "status": "new"}])
    assert (status.said.case, status.said.fields["name"]) == ("call.value", "todos/0/status")


async def test_arguments_nobody_knows_are_passed_over(call, workspace):
    (workspace / "a").write_text("x")
    assert (await call("read_file", file_path="a", reason="none")).content == "x"


def test_tools_that_are_withheld_are_tools_of_the_family():
    data = load_family("gemini")
    for names in data.withheld.values():
        assert set(names) <= set(data.variant("gemini-2.5-pro").tools)


async def test_a_session_begins_with_a_tree_that_leaves_out_what_is_ignored(context, workspace):
    (workspace / ".git").mkdir()
    (workspace / ".gitignore").write_text("*.log\n")
    (workspace / ".geminiignore").write_text("private\n")
    for name in ("a.py", "b.log", "src/c.py", "private/d"):
        (workspace / name).parent.mkdir(exist_ok=True)
        (workspace / name).touch()
    kit = load_kit("gemini", load_wording("gemini"), {})
    told = await kit.tree(context.sandbox, context.root)
    assert told.split("\n\n")[1].split("\n") == [
        *(f"{workspace}/", "├───.geminiignore", "├───.gitignore", "├───a.py"),
        *("├───.git/...", "├───private/...", "└───src/", "    └───c.py"),
    ]
