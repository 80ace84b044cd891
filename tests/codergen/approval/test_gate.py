"""Modes, rules on paths, questions and where the answers are kept."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from codergen.approval.config import PROJECT_FILE, USER_FILE, load, store
from codergen.approval.decide import decide
from codergen.approval.gate import Answer, Gate, Policy, Question
from codergen.approval.request import MODES, Approval, ApprovalRequest, Mode
from codergen.approval.rule import Effect, Origin, Rule, covers
from codergen.errors import UsageError
from codergen.tools.base import Act, Intent


def request(act: Act, *paths: str, command: str = "", tool: str = "Tool", bounded: bool = True) -> ApprovalRequest:
    intent = Intent(act=act, paths=paths, command=command)
    return ApprovalRequest(call_id="1", tool=tool, intent=intent, root="/w", cwd="/w/sub", bounded=bounded)


INSIDE, OUTSIDE = "/w/a.py", "/etc/passwd"
EXPECTED: dict[str, dict[Mode, str]] = {
    "read inside": dict.fromkeys(MODES, "allow"),
    "read outside": {"plan": "ask", "never": "deny", "ask": "ask", "edits": "ask", "auto": "ask"},
    "edit inside": {"plan": "deny", "never": "deny", "ask": "ask", "edits": "allow", "auto": "allow"},
    "edit outside": {"plan": "deny", "never": "deny", "ask": "ask", "edits": "ask", "auto": "ask"},
    "run unbounded": {"plan": "deny", "never": "deny", "ask": "ask", "edits": "ask", "auto": "ask"},
    "run bounded": {"plan": "deny", "never": "deny", "ask": "ask", "edits": "ask", "auto": "allow"},
    "network": {"plan": "deny", "never": "deny", "ask": "ask", "edits": "ask", "auto": "ask"},
    "plan": dict.fromkeys(MODES, "allow"),
    "agent": dict.fromkeys(MODES, "allow"),
}
REQUESTS = {
    "read inside": request("read", INSIDE, bounded=False),
    "read outside": request("read", INSIDE, OUTSIDE, bounded=False),
    "edit inside": request("edit", INSIDE, bounded=False),
    "edit outside": request("edit", "../../etc/x", INSIDE, bounded=False),
    "run unbounded": request("run", command="make", bounded=False),
    "run bounded": request("run", command="make > out; cat < /etc/passwd"),
    "network": request("network"),
    "plan": request("plan"),
    "agent": request("agent"),
}


@pytest.mark.parametrize("case", EXPECTED)
@pytest.mark.parametrize("mode", MODES)
def test_what_each_mode_allows(case: str, mode: Mode) -> None:
    assert decide(REQUESTS[case], mode, ()).effect == EXPECTED[case][mode]


@pytest.mark.parametrize("mode", MODES)
def test_deny_beats_ask_beats_allow_in_every_mode_and_order(mode: Mode) -> None:
    deny, ask, allow = (Rule(effect=effect, path="*.py") for effect in ("deny", "ask", "allow"))
    call = request("edit", INSIDE)
    assert decide(call, mode, (allow, ask, deny)).effect == "deny"
    assert decide(call, mode, (deny, ask, allow)).effect == "deny"
    assert decide(call, mode, (allow, ask)).effect == "ask"
    assert decide(call, mode, (allow,)).effect == "allow"


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        (".env*", "/w/.env", True), (".env*", "/w/a/b/.env.local", True), (".env*", "/etc/.env", True),
        (".env", "/w/.envrc", False), ("src/**", "/w/src/a/b", True), ("src/**", "/src/a", False),
        ("src/*.py", "/w/src/a.py", True), ("src/*.py", "/w/src/b/a.py", False), ("src/*.py", "/w/x/src/a.py", False),
        ("secrets", "/w/a/secrets/b/c", True), ("secrets/", "/w/secrets/x", True), ("./a.py", "/w/a.py", True),
        ("./a.py", "/w/b/a.py", False), ("/etc/**", "/etc/ssl/x", True), ("/etc", "/w/etc", False),
        ("**/test_*.py", "/w/a/b/test_x.py", True), ("**/test_*.py", "/w/test_x.py", True),
        ("a[0-9].py", "/w/a1.py", True), ("a[!0-9].py", "/w/a1.py", False),
        ("a/**/b", "/w/a/b", True), ("a/**/b", "/w/a/x/y/b", True),
        ("**", "/w/x", True), ("*", "/w/x/y", True), ("a.py", "/w/axpy", False),
    ],
)  # fmt: skip
def test_paths_fit_globs_as_in_gitignore(glob: str, path: str, expected: bool) -> None:
    assert covers(Rule(effect="deny", path=glob), path, "/w") is expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (request("read", "../.env"), "deny"),
        (request("read", "x/../../.env", tool="Grep"), "deny"),
        (request("edit", "/w/.env"), "deny"),
        (request("run", command="cat < ../.env"), "deny"),
        (request("run", command="cat ../.env"), "ask"),
        (request("run", command="tool --file=.env"), "ask"),
        (request("run", command="cat < $F"), "ask"),
        (request("run", command="cd x; echo > y"), "ask"),
        (request("run", command="cat README"), "allow"),
        (request("read", "/w/environment"), "allow"),
        (replace(request("read", "."), intent=Intent(act="read", paths=(".",), below=True)), "ask"),
    ],
)
def test_a_denied_file_is_not_reached_another_way(call: ApprovalRequest, expected: Effect) -> None:
    assert decide(call, "auto", (Rule(effect="allow"), Rule(effect="deny", path=".env"))).effect == expected


def test_rules_are_for_the_tools_that_they_name() -> None:
    rule = Rule(effect="allow", tool="mcp__git__*")
    assert decide(request("network", tool="mcp__git__log"), "never", (rule,)).effect == "allow"
    assert decide(request("network", tool="mcp__other__log"), "never", (rule,)).effect == "deny"


@dataclass
class Person:
    """Answers from a list, slowly; raises when it is asked two things at a time."""

    answers: list[Answer | None]
    asked: list[Question] = field(default_factory=list[Question])
    busy: bool = False

    async def ask(self, question: Question, /) -> Answer | None:
        assert not self.busy
        self.busy = True
        self.asked.append(question)
        await asyncio.sleep(0.01)
        self.busy = False
        return self.answers.pop(0)


def run(command: str) -> ApprovalRequest:
    return request("run", command=command, tool="Bash")


async def test_once_is_once() -> None:
    gate = Gate(Policy(), Person([Answer(allow=True), Answer(allow=False, why="not now")]))
    assert await gate.decide(run("pytest -q")) == Approval(allowed=True, by="person", why="The user allows it.")
    refused = await gate.decide(run("pytest -q"))
    assert refused == Approval(allowed=False, by="person", why="The user does not allow this: not now")
    assert gate.unmet == []


async def test_an_answer_for_the_session_holds_for_all_parts_and_for_calls_that_wait() -> None:
    person = Person([Answer(allow=True, scope="session")])
    gate = Gate(Policy(), person)
    first, second = await asyncio.gather(gate.decide(run("git log | wc -l")), gate.decide(run("git log -3")))
    origin = Origin(where="session")
    rules = (
        Rule(effect="allow", command=("git", "log"), origin=origin),
        Rule(effect="allow", command=("wc",), origin=origin),
    )
    assert first == Approval(allowed=True, by="person", why="The user allows it.", scope="session", rules=rules)
    assert (second.by, second.rules) == ("rule", rules[:1])
    assert len(person.asked) == 1
    assert person.asked[0].rules == rules


@pytest.mark.parametrize("command", ["X=1 make", "$X", "for a in b; do c; done", "rm $X", "bash -c $Y"])
async def test_what_cannot_be_said_beforehand_is_allowed_once_only(command: str) -> None:
    gate = Gate(Policy(), Person([Answer(allow=True, scope="stored"), None]))
    assert (await gate.decide(run(command))).scope == "once"
    assert (await gate.decide(run(command))).by == "nobody"


async def test_programs_that_can_do_anything_are_offered_word_for_word() -> None:
    person = Person([Answer(allow=True, scope="session"), None])
    gate = Gate(Policy(), person)
    assert (await gate.decide(run("rm -rf build"))).allowed
    assert (await gate.decide(run("rm -rf build"))).allowed
    assert not (await gate.decide(run("rm -rf build src"))).allowed


async def test_a_rule_that_asks_cannot_be_answered_for_good() -> None:
    rule = Rule(effect="ask", command=("make",))
    gate = Gate(Policy(mode="auto", rules=(rule,)), Person([Answer(allow=True, scope="stored"), None]))
    assert (await gate.decide(run("make"))).scope == "once"
    assert not (await gate.decide(run("make"))).allowed


async def test_nobody_there_is_a_refusal_at_once() -> None:
    gate = Gate(Policy())
    call = run("make")
    approval = await asyncio.wait_for(gate.decide(call), 1)
    assert (approval.allowed, approval.by) == (False, "nobody")
    assert gate.unmet == [call]


async def test_never_asks_nobody_and_says_so() -> None:
    person = Person([])
    gate = Gate(Policy(mode="never", rules=(Rule(effect="ask", command=("make",)),)), person)
    approval = await gate.decide(run("make"))
    assert (approval.allowed, approval.by, person.asked) == (False, "mode", [])


async def test_a_mode_is_never_looser_than_the_strictest() -> None:
    gate = Gate(Policy(mode="ask", strictest="ask"))
    gate.mode = "auto"
    assert gate.mode == "ask"
    gate.mode = "plan"
    assert gate.mode == "plan"


def failing(rules: Sequence[Rule]) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize("keep", [None, failing])
async def test_what_could_not_be_stored_says_so(keep: None) -> None:
    gate = Gate(Policy(), Person([Answer(allow=True, scope="stored")]), keep)
    approval = await gate.decide(run("make test"))
    assert (approval.scope, "this session only" in approval.why) == ("session", True)


async def test_a_stored_answer_is_there_in_the_next_session(tmp_path: Path) -> None:
    (tmp_path / USER_FILE).write_text('mode = "ask"  # mine\n[[deny]]\ncommand = "rm"')
    gate = Gate(load(tmp_path), Person([Answer(allow=True, scope="stored")] * 3), lambda rules: store(tmp_path, rules))
    calls = [run("git log"), run("awk '{print \"a\\x27b\"}' x"), request("edit", "/w/a\u00e4 b.py")]
    assert [(await gate.decide(call)).scope for call in calls] == ["stored"] * 3
    text = (tmp_path / USER_FILE).read_text()
    assert text.startswith('mode = "ask"  # mine\n')
    later = Gate(load(tmp_path))
    approvals = [await later.decide(call) for call in calls]
    assert [(a.allowed, a.by, a.rules[0].origin) for a in approvals] == [
        (True, "rule", Origin(where="user", file=str(tmp_path / USER_FILE)))
    ] * 3
    assert not (await later.decide(run("git log; rm x"))).allowed


def configured(folder: Path, text: str) -> Path:
    file = folder / PROJECT_FILE
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file


def test_a_project_only_tightens_and_only_where_it_is_trusted(tmp_path: Path) -> None:
    user, project = tmp_path / "user", tmp_path / "project"
    user.mkdir()
    (user / USER_FILE).write_text('mode = "auto"\n[[allow]]\ncommand = "make"\n')
    file = configured(
        project,
        '[approvals]\nmode = "edits"\n[[approvals.allow]]\ntool = "*"\n[[approvals.deny]]\npath = "secrets/**"\n',
    )
    untrusted = load(user, project=project)
    assert (untrusted.mode, untrusted.strictest, len(untrusted.rules)) == ("auto", "auto", 1)
    assert untrusted.notes == (f"{file} is not read: this repository is not trusted",)
    trusted = load(user, project=project, trusted=True)
    assert (trusted.mode, trusted.strictest) == ("auto", "edits")
    assert [(rule.effect, rule.origin.where) for rule in trusted.rules] == [("allow", "user"), ("deny", "project")]
    assert trusted.notes == (f"{file}: 1 rules that allow are ignored; only the user's own may",)


@pytest.mark.parametrize(
    "text",
    [
        "[[allow]]\n", '[[allow]]\ncommand = "a; b"', '[[allow]]\ncommand = "a $X"', '[[allow]]\ncomand = "a"',
        '[[deny]]\ncommand = "X=1 a"', '[[deny]]\ncommand = "a > b"', '[[deny]]\ncommand = "a"\npath = "b"', "x",
        "[deny]", "mode = 3",
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_read_is_never_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / USER_FILE).write_text(text)
    with pytest.raises(UsageError, match=USER_FILE):
        load(tmp_path)


def test_no_file_is_the_mode_that_asks(tmp_path: Path) -> None:
    assert load(tmp_path / "none") == Policy()


EDITS_AND_ECHO = (Rule(effect="allow", command=("echo",)), Rule(effect="deny", path=".env", act="read"))


def test_files_of_a_command_are_those_of_the_folder_that_the_call_names() -> None:
    call = request("run", command="echo x > .bashrc")
    away = replace(call, intent=replace(call.intent, folder="/home/me"))
    assert decide(call, "edits", EDITS_AND_ECHO).effect == "allow"
    assert decide(away, "edits", EDITS_AND_ECHO).effect == "ask"
    here = replace(call, intent=Intent(act="run", command="cat inner/.env", folder="../lib"))
    rule = Rule(effect="deny", path="lib/inner/.env", act="read")
    assert decide(here, "auto", (rule,)).effect == "ask"


def test_a_command_line_for_another_shell_is_not_allowed_by_what_bash_would_do() -> None:
    call = request("run", command="echo x")
    other = replace(call, intent=replace(call.intent, unclear="it is for another shell: ./x"))
    assert decide(other, "edits", EDITS_AND_ECHO).effect == "ask"


def test_input_for_a_running_program_may_be_what_a_rule_forbids() -> None:
    typed = request("run", tool="write_stdin")
    assert decide(typed, "auto", ()).effect == "allow"
    assert decide(typed, "auto", (Rule(effect="deny", command=("git", "push")),)).effect == "ask"
