"""A session that goes on headless, at one service and then at another, with real tools and a scripted model."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codergen.cli.session_turn import model_of
from codergen.journal import read
from codergen.sessions.facts import facts
from providers.scripted import Reply, call
from providers.twin.serving import serving

SECRET = "zz-not-to-be-shown-12345"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / ".env").write_text(f"KEY={SECRET}\n")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "approvals.toml").write_text('[[allow]]\nact = "run"\n')  # nothing bounds them on the host
    return tmp_path


async def codergen(
    home: Path, *words: str, provider: str = "anthropic", turns: list[Reply], code: int = 0
) -> tuple[str, str]:
    async with serving(provider, turns) as twin:
        env = {
            "PATH": os.environ["PATH"], "HOME": str(home), "CODERGEN_HOME": str(home / "home"), "MY_TOKEN": SECRET,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "ANTHROPIC_API_KEY": "sk-placeholder", "GEMINI_API_KEY": "placeholder",
            "ANTHROPIC_BASE_URL": twin.url, "GOOGLE_GEMINI_BASE_URL": twin.url,
        }  # fmt: skip
        done = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "codergen", *words], env=env, cwd=home / "work", capture_output=True,
            text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def bash(command: str) -> Reply:
    return Reply(tool_calls=(call("Bash", json.dumps({"command": command}), id="toolu_1"),))


@pytest.mark.timeout(60)
async def test_on_at_the_same_service_and_at_another(home: Path) -> None:
    options = ("--sandbox", "host", "--output", "json", "-q")
    first = [bash("cat .env; echo 1 > made"), Reply(text="Made.")]
    model = ("--model", "anthropic:claude-opus-5-5")
    out, _ = await codergen(home, "run", "make it", *model, *options, turns=first)
    id = json.loads(out)["session_id"]
    second = [bash("rm made"), Reply(text="Gone.")]
    out, _ = await codergen(home, "session", "resume", id[-4:], "undo it", *options, turns=second)
    told = json.loads(out)
    assert (told["session_id"], told["result"], told["model"]) == (id, "Gone.", "claude-opus-5-5")
    assert not (home / "work" / "made").exists()
    await codergen(home, "session", "rewind", id, "--to", "1", "--both", turns=[])
    assert (home / "work" / "made").read_text() == "1\n"
    other = ("--model", "gemini:gemini-3.1-pro-preview")
    out, _ = await codergen(
        home, "session", "resume", id, "who are you?", *other, *options, provider="gemini", turns=[Reply(text="Me.")]
    )
    assert json.loads(out)["result"] == "Me."
    path = home / "home" / "sessions" / f"{id}.jsonl"
    found = facts(read(path))
    assert [turn.text for turn in found.turns] == ["make it", "who are you?"]
    assert (model_of(found), found.workspace) == (other[1], str(home / "work"))
    assert SECRET not in path.read_text()
    assert "[redacted:MY_TOKEN]" in path.read_text()


@pytest.mark.timeout(60)
async def test_a_turn_has_limits_of_its_own(home: Path) -> None:
    model = ("--model", "anthropic:claude-opus-5-5", "--sandbox", "host", "--output", "json", "-q")
    out, _ = await codergen(home, "run", "x", *model, turns=[Reply(text="y")])
    id = json.loads(out)["session_id"]
    turns = [bash("true"), Reply(text="That is as far as I got.")]
    limit = ("--max-turns", "1")
    out, _ = await codergen(home, "session", "resume", id, "z", *model, *limit, turns=turns, code=3)
    assert json.loads(out)["reason"] == "turns"


async def test_nothing_to_say_and_no_place_to_be(home: Path) -> None:
    _, err = await codergen(home, "session", "resume", "last", "x", turns=[], code=2)
    assert "no session with id 'last'" in err
