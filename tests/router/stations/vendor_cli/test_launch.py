"""How each tool is started: what the packet allows as its own switches, settings, and nothing secret."""

import json
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from codergen.errors import UsageError
from router.stations.claude_code import ClaudeCode
from router.stations.codex_cli import CodexCli
from router.stations.gemini_cli import GeminiCli
from router.stations.vendor_cli.binary import find
from router.stations.vendor_cli.vendor import Order

CLAUDE, CODEX, GEMINI = ClaudeCode(), CodexCli(), GeminiCli(node=Path("/usr/bin/node"))
ALL = frozenset({"read", "write", "edit", "shell", "check"})


def order(**changes):
    given = {"prompt": "-do it", "placeholder": "sk-placeholder", "model": "", "allowed": ALL, "turns": 7}
    return Order(**given | changes)


def after(words, flag):
    return words[words.index(flag) + 1]


@pytest.mark.parametrize(
    ("vendor", "allowed", "word"),
    [
        (CLAUDE, {"check"}, "no tool that the packet allows"),
        (CLAUDE, {"read"}, ""),
        (CLAUDE, ALL, ""),
        (CODEX, ALL, ""),
        (CODEX, {"read", "write", "edit"}, "cannot be kept from tools that the packet does not allow: shell"),
        (CODEX, {"shell", "check"}, "edit, read, write"),
        (GEMINI, set(), "no tool that the packet allows"),
        (GEMINI, {"read", "edit"}, ""),
    ],
)
def test_what_cannot_be_withheld_is_refused(vendor, allowed, word):
    told = vendor.refusal(frozenset(allowed))
    assert word in told if word else told == ""


@pytest.mark.parametrize(("allowed", "tools"), [(ALL, "Read,Write,Edit,Bash"), ({"read", "edit"}, "Read,Edit")])
def test_claude_code_is_offered_only_what_is_allowed(allowed, tools):
    argv = CLAUDE.launch(order(allowed=frozenset(allowed))).argv
    assert after(argv, "--tools") == tools
    assert argv[-2:] == ("--", "-do it")


def test_claude_code_is_told_its_limits_and_the_form_of_its_report():
    argv = CLAUDE.launch(order(usd=Decimal("1.5"), model="opus")).argv
    assert (after(argv, "--max-turns"), after(argv, "--max-budget-usd"), after(argv, "--model")) == ("7", "1.5", "opus")
    assert json.loads(after(argv, "--json-schema"))["additionalProperties"] is False
    assert json.loads(after(argv, "--settings")) == {"disableAllHooks": True}
    assert "--max-budget-usd" not in CLAUDE.launch(order()).argv


def test_codex_gets_its_settings_and_schema_as_files():
    launch = CODEX.launch(order(model="gpt-5.5"))
    config = tomllib.loads(launch.home[".codex/config.toml"].decode())
    assert config["web_search"] == "disabled"
    assert config["model_providers"]["gateway"]["base_url"] == "http://127.0.0.1:8787/v1"
    assert (config["analytics"], config["features"]["plugins"]) == ({"enabled": False}, False)
    schema = after(launch.argv, "--output-schema")
    assert json.loads(launch.home[schema.removeprefix("/home/agent/")])["required"]


def test_gemini_is_held_by_a_policy_that_the_repository_cannot_outrank():
    launch = GEMINI.launch(order(allowed=frozenset({"read", "edit"})))
    allowed, rest = tomllib.loads(launch.home[".gemini/allowed.toml"].decode())["rule"]
    assert (allowed["decision"], set(allowed["toolName"])) == (
        "allow",
        {"read_file", "list_directory", "grep_search", "glob", "replace"},
    )
    assert (rest["decision"], rest["toolName"]) == ("deny", "*")
    assert rest["priority"] < allowed["priority"]
    settings = json.loads(launch.home[".gemini/settings.json"])
    assert settings["tools"]["core"] == allowed["toolName"]
    assert settings["model"]["maxSessionTurns"] == 7


@pytest.mark.parametrize("vendor", [CLAUDE, CODEX, GEMINI])
def test_every_launch_knows_the_placeholder_and_no_other_way_out(vendor):
    launch = vendor.launch(order())
    assert "sk-placeholder" in launch.env.values()
    told = [*launch.env.values(), *(content.decode() for content in launch.home.values())]
    urls = [word for text in told for word in text.replace('"', " ").split() if word.startswith("http")]
    assert urls
    assert all(url.startswith("http://127.0.0.1:8787") for url in urls)


def npm(tree, vendor, version="9.8.7"):
    """A made-up npm prefix that holds the tool as its package does."""
    modules = tree / "node_modules"
    native = b"\x7fELF"
    layout = {
        "claude-code": ("@anthropic-ai/claude-code-linux-x64/claude", native, "@anthropic-ai/claude-code/cli.cjs"),
        "codex-cli": ("@openai/codex-linux-x64/vendor/x86/bin/codex", native, "@openai/codex/bin/codex.js"),
        "gemini-cli": ("@google/gemini-cli/bundle/gemini.js", b"// js", "@google/gemini-cli/bundle/gemini.js"),
    }
    binary, content, launcher = layout[vendor.name]
    for name, text in ((binary, content), (launcher, b"#!/bin/sh\n" if content == native else content)):
        (modules / name).parent.mkdir(parents=True, exist_ok=True)
        (modules / name).write_bytes(text)
        (modules / name).chmod(0o755)
    return modules / binary, modules / launcher


@pytest.mark.parametrize("vendor", [CLAUDE, CODEX, GEMINI])
def test_the_tool_is_found_from_its_launcher_its_package_or_its_prefix(tmp_path, vendor):
    binary, launcher = npm(tmp_path, vendor)
    link = tmp_path / "bin"
    link.symlink_to(launcher)
    for place in (link, launcher, launcher.parent, tmp_path, binary):
        assert vendor.locate(place) == binary
    assert vendor.locate(tmp_path / "nowhere") is None


def speaking(tmp_path, words, name="gemini-cli"):
    """A node that answers with these words, and counts how often it was asked."""
    node = tmp_path / f"node-{name}"
    node.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/asked\necho '{words}'\n")
    node.chmod(0o755)
    return GeminiCli(node=node)


async def test_the_version_is_what_the_tool_says_and_it_is_asked_once(tmp_path):
    vendor = speaking(tmp_path, "v0.61.0 (build 3)")
    binary, _ = npm(tmp_path / "cache" / "peers" / "gemini-cli-0.61.0", vendor)
    for _ in range(2):
        found = await find(vendor, {"PATH": ""}, tmp_path / "cache")
        assert (found.binary, found.version) == (binary, "0.61.0")
    assert (tmp_path / "asked").read_text() == "asked\n"


async def test_the_newest_of_the_peers_is_taken(tmp_path):
    vendor = speaking(tmp_path, "1.10.0")
    for version in ("1.9.0", "1.10.0"):
        binary, _ = npm(tmp_path / "cache" / "peers" / f"gemini-cli-{version}", vendor)
    assert (await find(vendor, {"PATH": ""}, tmp_path / "cache")).binary == binary


async def test_a_setting_wins_and_must_lead_somewhere(tmp_path):
    vendor = speaking(tmp_path, "0.62.0")
    npm(tmp_path / "cache" / "peers" / "gemini-cli-0.61.0", vendor)
    binary, _ = npm(tmp_path / "own", vendor)
    environ = {"PATH": "", "CODERGEN_GEMINI_CLI": str(tmp_path / "own")}
    assert (await find(vendor, environ, tmp_path / "cache")).binary == binary
    with pytest.raises(UsageError, match="CODERGEN_GEMINI_CLI"):
        await find(vendor, {"PATH": "", "CODERGEN_GEMINI_CLI": "/nowhere"}, tmp_path / "cache")


async def test_no_tool_is_none_and_a_dumb_one_is_an_error(tmp_path):
    assert await find(CLAUDE, {"PATH": ""}, tmp_path) is None
    vendor = speaking(tmp_path, "hello")
    npm(tmp_path / "cache" / "peers" / "gemini-cli-1", vendor)
    with pytest.raises(UsageError, match="does not tell its version"):
        await find(vendor, {"PATH": ""}, tmp_path / "cache")
