"""How a vendor's own tool is started against a loopback recorder: as its user has it, in a home of its own.

The user's configuration, logins and history are neither read nor touched; the key is a placeholder.
"""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from codergen.errors import UsageError
from codergen.settings import Settings
from providers.twin.app import Twin
from providers.twin.script import Script, conversation
from providers.twin.serving import Said, serving
from router.stations.claude_code import ClaudeCode
from router.stations.codex_cli import CodexCli
from router.stations.gemini_cli import GeminiCli
from router.stations.vendor_cli.binary import Found, find, remedy
from router.stations.vendor_cli.vendor import Vendor

KEY = "placeholder"
PROVIDERS: Mapping[str, str] = {"claude": "anthropic", "codex": "openai", "gemini": "gemini"}
"""Family -> the twin that speaks its wire."""
MODELS: Mapping[str, str] = {"claude": "", "codex": "gpt-5.5", "gemini": "gemini-3.1-pro-preview"}
"""Family -> the model named to the tool; empty is its own default. Codex: the newest that gets classic tools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start of a tool."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    home: Mapping[str, str] = field(default_factory=dict[str, str])
    """Files laid into its home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How it ended."""

    code: int | None
    """None: it was stopped after the time limit."""
    output: str


def vendor(family: str) -> Vendor:
    """Raises UsageError for a family without a tool."""
    match family:
        case "claude":
            return ClaudeCode()
        case "codex":
            return CodexCli()
        case "gemini":
            return GeminiCli(node=_node())
        case _:
            raise UsageError(f"no tool for {family!r}", remedy=f"one of: {', '.join(PROVIDERS)}")


async def located(family: str, settings: Settings) -> Found:
    """The user's installed tool. Raises UsageError with the way to get it."""
    tool = vendor(family)
    found = await find(tool, settings.environ, settings.cache)
    if found is None:
        raise UsageError(f"{tool.name} is not installed here", remedy=remedy(tool))
    return found


def start(family: str, found: Found, *, url: str, home: Path, prompt: str, model: str = "") -> Start:
    """The command line for one headless run."""
    common = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", "TERM": "dumb"}
    match family:
        case "claude":
            chosen = ("--model", model) if model else ()
            return Start(
                argv=(
                    str(found.binary), "--print", "--output-format", "stream-json", "--verbose",
                    "--dangerously-skip-permissions", *chosen, "--", prompt,
                ),
                env={
                    **common, "ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": KEY,
                    "CLAUDE_CONFIG_DIR": f"{home}/.claude",
                    "IS_SANDBOX": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1",
                    "DISABLE_TELEMETRY": "1",
                },
            )  # fmt: skip
        case "codex":
            config = (
                'model_provider = "rec"\ncheck_for_update_on_startup = false\n[analytics]\nenabled = false\n'
                f'[model_providers.rec]\nname = "rec"\n'
                f'base_url = "{url}/v1"\nenv_key = "REC_KEY"\nwire_api = "responses"\n'
            )
            return Start(
                argv=(
                    str(found.binary), "exec", "--json", "--dangerously-bypass-approvals-and-sandbox",
                    "--model", model or MODELS["codex"], "--", prompt,
                ),
                env={**common, "REC_KEY": KEY, "CODEX_HOME": f"{home}/.codex"},
                home={".codex/config.toml": config},
            )  # fmt: skip
        case _:
            settings = {  # the loop detector asks another model from turn 30 on, which no script can answer
                "security": {"auth": {"selectedType": "gemini-api-key"}},
                "model": {"disableLoopDetection": True},
            }
            return Start(
                argv=(
                    str(_node()), str(found.binary), "--output-format", "stream-json", "--yolo", "--skip-trust",
                    "--model", model or MODELS["gemini"], f"--prompt={prompt}",
                ),
                env={
                    **common, "GOOGLE_GEMINI_BASE_URL": url, "GEMINI_API_KEY": KEY,
                    "GEMINI_CLI_TRUST_WORKSPACE": "true",
                    "GEMINI_CLI_NO_RELAUNCH": "true", "GEMINI_TELEMETRY_ENABLED": "false",
                },
                home={".gemini/settings.json": json.dumps(settings)},
            )  # fmt: skip


async def play(
    family: str, found: Found, script: Sequence[Said], *, work: Path, prompt: str, model: str = "", seconds: float = 300
) -> tuple[Twin, Ran]:
    """The tool through a whole script; `work` holds `repo`, where it runs, and gets its home."""
    home = work / "home"
    brain = Script([conversation(list(script), repeat=True)])  # a tool may ask again once its background work ended
    async with serving(PROVIDERS[family], brain) as twin:
        order = start(family, found, url=twin.url, home=home, prompt=prompt, model=model)
        home.mkdir(parents=True, exist_ok=True)
        for name, text in order.home.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return twin, await _run(order, work / "repo", seconds)


async def _run(order: Start, cwd: Path, seconds: float) -> Ran:
    """In a process group of its own, which does not outlive this call."""
    process = await asyncio.create_subprocess_exec(
        *order.argv, cwd=cwd, env=dict(order.env), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate()
        return Ran(code=process.returncode, output=output.decode("utf-8", "replace"))
    except TimeoutError:
        return Ran(code=None, output="")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _node() -> Path:
    """The node that the script bundle runs with."""
    found = shutil.which("node")
    if found is None:
        raise UsageError("gemini-cli needs node, which is not here", remedy="apt-get install nodejs (>= 20)")
    return Path(found)
