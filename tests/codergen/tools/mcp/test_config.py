"""Which servers there are, and what they are given; names and lists, which are pure."""

import json
from pathlib import Path

import pytest

from codergen.errors import UsageError
from codergen.tools.mcp.config import INHERITED, PROJECT_FILE, USER_FILE, Server, load, secret_names
from codergen.tools.mcp.names import LONGEST, find, lazy, name
from providers.types import ToolSpec

ENVIRON = {
    "PATH": "/bin",
    "HOME": "/home/ada",
    "SECRET": "s",
    "ANTHROPIC_API_KEY": "key",
    "OPENROUTER_API_KEY": "key",
    "TICKETS_TOKEN": "token",
}


def test_no_file_is_no_server(tmp_path: Path) -> None:
    assert load(tmp_path, ENVIRON).servers == ()


def test_the_users_servers(tmp_path: Path) -> None:
    (tmp_path / USER_FILE).write_text("""
[mcp.tickets]
command = "tickets"
args = ["-v"]
cwd = "/srv"
env = { MODE = "read" }
env_from = ["TICKETS_TOKEN", "ANTHROPIC_API_KEY", "UNSET"]
timeout_s = 5

[mcp.wiki]
url = "https://wiki.example.org/mcp"
headers = { A = "b" }
headers_env = { Authorization = "TICKETS_TOKEN", X-Key = "OPENROUTER_API_KEY", X-Other = "UNSET" }

[mcp.off]
command = "off"
enabled = false
""")
    found = load(tmp_path, ENVIRON)
    given = {"PATH": "/bin", "HOME": "/home/ada", "TICKETS_TOKEN": "token"}
    assert found.servers == (
        Server(name="tickets", command=("tickets", "-v"), cwd="/srv", env=given | {"MODE": "read"}, timeout_s=5),
        Server(
            name="wiki",
            url="https://wiki.example.org/mcp",
            headers={"A": "b", "Authorization": "token"},
            env={"PATH": "/bin", "HOME": "/home/ada"},
        ),
    )
    assert found.notes == (
        "MCP server 'tickets' does not get ANTHROPIC_API_KEY: it is a key for models",
        "MCP server 'wiki' does not get OPENROUTER_API_KEY: it is a key for models",
        "MCP server 'wiki': UNSET is not set, so the header X-Other is not sent",
    )
    assert "token" not in repr(found.servers)


def test_what_servers_inherit_is_no_key() -> None:
    assert not set(INHERITED) & secret_names()
    assert {"ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"} <= secret_names()


def project(folder: Path, servers: object) -> Path:
    root = folder / "project"
    root.mkdir()
    (root / PROJECT_FILE).write_text(json.dumps({"mcpServers": servers}))
    return root


def test_a_repositorys_servers_count_only_where_it_is_trusted(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "mine": {"command": "theirs"},
            "a": {
                "type": "stdio",
                "command": "a",
                "env": {"T": "${SECRET}", "K": "x${ANTHROPIC_API_KEY}", "D": "${N:-d}"},
            },
            "old": {"type": "sse", "url": "http://old"},
        },
    )
    (tmp_path / USER_FILE).write_text('[mcp.mine]\ncommand = "mine"')
    untrusted = load(tmp_path, ENVIRON, project=root)
    assert [server.command for server in untrusted.servers] == [("mine",)]
    assert untrusted.notes == (f"{root / PROJECT_FILE} is not read: this repository is not trusted",)
    trusted = load(tmp_path, ENVIRON, project=root, trusted=True)
    assert {server.name: server.command for server in trusted.servers} == {"mine": ("mine",), "a": ("a",)}
    theirs = next(server for server in trusted.servers if server.name == "a")
    assert {key: theirs.env[key] for key in "TKD"} == {"T": "s", "K": "x", "D": "d"}
    assert theirs.cwd == str(root)
    assert trusted.notes == ("MCP server 'old' is left out: the transport sse is not spoken here",)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "mcp = 3",
        "[mcp.a]\n",
        '[mcp.a]\ncommand = "a"\nurl = "http://b"',
        '[mcp.a]\nurl = "file:///a"',
        '[mcp.a]\ncomand = "a"',
        '[mcp.a__b]\ncommand = "a"',
        '[mcp."a b"]\ncommand = "a"',
        '[mcp.a]\ncommand = "a"\ntimeout_s = 0',
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / USER_FILE).write_text(text)
    with pytest.raises(UsageError, match=USER_FILE):
        load(tmp_path, ENVIRON)


def test_names_are_what_every_provider_takes_and_stay_apart() -> None:
    assert name("git", "log") == "mcp__git__log"
    odd = [name("git", tool) for tool in ("a.b", "a/b", "a b", "x" * 80, "x" * 81, "ä")]
    assert len(set(odd)) == 6
    assert all(len(one) <= LONGEST and one.replace("_", "").replace("-", "").isascii() for one in odd)
    assert all(one.replace("_", "").replace("-", "").isalnum() for one in odd)


def test_the_share_of_the_context_decides_what_is_told() -> None:
    specs = [ToolSpec(name=f"t{n}", description="d" * 380, parameters={}) for n in range(100)]
    assert lazy(specs, 50_000) is True
    assert lazy(specs, 200_000) is False
    assert lazy(specs, None) is False
    assert lazy([], 1) is False


def test_tools_are_found_by_name_first() -> None:
    read, write = (ToolSpec(name=f"mcp__fs__{n}", description=f"{n} a file") for n in ("read", "write"))
    assert find("mcp__fs__write", [read, write], 5) == (write,)
    assert find("file", [read, write], 1) == (read,)
    assert find("write something", [read, write], 5) == (write,)
    assert find("zebra", [read, write], 5) == ()
