"""The vendors' own tools for one call against a twin on the host: their processor time, to hold ours against."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codergen.settings import Settings
from evals.bench import cpu_of
from providers.matrix import Wire
from providers.twin.app import Twin
from router.stations.claude_code import ClaudeCode
from router.stations.codex_cli import CodexCli
from router.stations.gemini_cli import GeminiCli
from router.stations.vendor_cli.binary import find
from router.stations.vendor_cli.vendor import Vendor

CODEX = """\
model_provider = "twin"
check_for_update_on_startup = false
[analytics]
enabled = false
[features]
plugins = false
[model_providers.twin]
name = "twin"
base_url = "{url}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
"""
GEMINI = {
    "security": {"auth": {"selectedType": "gemini-api-key"}},
    "privacy": {"usageStatisticsEnabled": False},
    "general": {"enableAutoUpdate": False},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One headless turn of a tool."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    home: Mapping[str, str] = field(default_factory=dict[str, str])


def turn(vendor: Vendor, binary: str, url: str, model: str, home: str) -> Turn:
    """As wire.md and cli-in-sandbox.md have it, with everything off that would ask another host."""
    match vendor:
        case ClaudeCode():
            env = {
                "CLAUDE_CONFIG_DIR": home,
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "DISABLE_AUTOUPDATER": "1",
            }
            return Turn(argv=(binary, "-p", "hello", "--model", model, "--output-format", "json"), env=env)
        case CodexCli():
            argv = (binary, "exec", "--json", "--skip-git-repo-check", "-m", model, "hello")
            return Turn(
                argv=argv, env={"CODEX_HOME": f"{home}/.codex"}, home={".codex/config.toml": CODEX.format(url=url)}
            )
        case _:
            node = shutil.which("node") or "node"
            argv = (node, binary, "-p", "hello", "-m", model, "-o", "json")
            return Turn(argv=argv, env={}, home={".gemini/settings.json": json.dumps(GEMINI)})


async def vendor_of(wire: Wire, settings: Settings) -> tuple[Vendor, Path] | None:
    """The tool that speaks this wire, where it is installed."""
    node = shutil.which("node")
    kinds: Mapping[str, Vendor | None] = {
        "anthropic": ClaudeCode(),
        "openai": CodexCli(),
        "gemini": GeminiCli(node=Path(node)) if node else None,
    }
    vendor = kinds.get(wire.twin)
    found = await find(vendor, settings.environ, settings.cache) if vendor is not None else None
    return (vendor, found.binary) if vendor is not None and found is not None else None


def seconds(vendor: Vendor, binary: Path, twin: Twin, wire: Wire) -> float:
    """Processor seconds of one turn in a home of its own. Raises CalledProcessError when the tool fails."""
    with tempfile.TemporaryDirectory() as home:
        one = turn(vendor, str(binary), twin.url, wire.model, home)
        for name, text in one.home.items():
            file = Path(home, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home, **twin.fronts[0].environment(twin.url), **one.env}
        return cpu_of(one.argv, env=env, cwd=home)
