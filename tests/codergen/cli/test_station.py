"""`codergen station` through the command line in this process; no service is asked."""

import json

import pytest

from codergen.cli import main
from router import roster
from router.roster import Entry

KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "CODERGEN_MODEL")


@pytest.fixture
def codergen(home, monkeypatch, capsys):
    monkeypatch.setenv("CODERGEN_HOME", str(home))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        code = main.run(("station", *words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_init_takes_in_what_can_work_and_tells_the_rest(codergen, home):
    code, out, _ = codergen("init")
    assert code == 0
    assert "jobs try: repair" in out
    assert "claude-code" in out
    assert "left out" in out
    assert roster.read(home / "stations.toml").entries == (Entry(name="repair", kind="repair"),)
    assert "was set up already" in codergen("init")[1]


def test_a_list_without_and_with_a_roster(codergen):
    assert "nothing is set up" in codergen("list")[1]
    codergen("add", "fast", "--kind", "codergen/plain", "--model", "openai:gpt-6-luna")
    document = json.loads(codergen("list", "--json")[1])
    *usual, row = document["stations"]
    assert [one["name"] for one in usual] == ["repair", "codergen/plain"]
    assert (row["name"], row["kind"], row["model"], row["ready"]) == (
        "fast",
        "codergen/plain",
        "openai:gpt-6-luna",
        False,
    )
    assert "OPENAI_API_KEY" in row["obstacle"]


def test_what_is_added_is_ready_once_its_key_is_there(codergen, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    code, out, _ = codergen("add", "fast", "--kind", "codergen/plain", "--model", "openai:gpt-6-luna")
    assert (code, out) == (0, "fast is set up\n")


def test_our_loop_with_a_familys_tools_comes_after_the_vendors_own(codergen, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    _, out, _ = codergen("init")
    assert "jobs try: repair, codergen/claude\n" in out
    names = [line.split()[0] for line in out.splitlines()[:8]]
    assert names.index("claude-code") < names.index("gemini-cli") < names.index("codergen/claude")
    assert codergen("add", "cheap", "--kind", "codergen/codex", "--model", "gpt")[0] == 2


def test_a_setting_that_cannot_be_read_stops_only_the_station_that_needs_it(codergen, monkeypatch):
    monkeypatch.setenv("CODERGEN_MODEL", "openai:gpt-6-luna")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret\nsk-secret")
    code, out, _ = codergen("init")
    assert (code, "jobs try: repair" in out, "sk-secret" in out) == (0, True, False)
    rows = {row["name"]: row for row in json.loads(codergen("list", "--json")[1])["stations"]}
    assert list(rows) == ["repair"]
    codergen("add", "codergen/plain")
    assert "OPENAI_API_KEY" in codergen("list")[1]


def test_setting_aside_and_forgetting(codergen, home):
    assert codergen("disable", "codergen/plain")[1] == "jobs try: repair\n"
    assert codergen("enable", "codergen/plain")[1] == "jobs try: repair, codergen/plain\n"
    assert codergen("remove", "repair")[1] == "jobs try: codergen/plain\n"
    assert roster.read(home / "stations.toml").find("repair") is None


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("add", "x", "--kind", "nothing"), "no kind of station 'nothing'"),
        (("add", "x", "--kind", "codergen/plain", "--model", "gpt"), "write PROVIDER:MODEL"),
        (("add", "repair", "--model", "openai:x"), "repair has no model"),
        (("add", "claude-code", "--executable", "/nowhere/claude"), "there is no such file"),
        (("disable", "claude-code"), "there are: repair, codergen/plain"),
        (("test", "nobody"), "no station 'nobody'"),
    ],
)
def test_bad_words_are_named_with_the_way_out(codergen, words, named):
    code, out, err = codergen(*words)
    assert (code, out) == (2, "")
    assert named in err


def test_a_roster_that_cannot_be_read_is_named(codergen, home):
    home.mkdir(exist_ok=True)
    (home / "stations.toml").write_text("[[station]]\n")
    code, _, err = codergen("list")
    assert code == 2
    assert "stations.toml: [[station]] number 1: no name" in err


@pytest.mark.timeout(180)
def test_a_station_is_tried_on_a_small_real_job(codergen):
    code, out, err = codergen("test", "repair", "--output", "json")
    assert (code, json.loads(out)["terminal_state"]) == (0, "pr_ready"), err
