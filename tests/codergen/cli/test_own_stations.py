"""Our own loop as stations, end to end: a real job by the command line, a twin that knows the fix, the verifier."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from codergen.cli.stations import KNOWN, UNASKED, Place
from codergen.cli.stations import make as make_station
from codergen.cli.twin_repair import repair_brain
from codergen.errors import UsageError
from codergen.settings import load
from providers.twin import fronts
from providers.twin.serving import serving
from router.errors import CredentialRefused, RouterError
from router.packet import Repository, TaskPacket
from router.roster import Entry
from router.testing import write_repository

OWN = {
    "codergen/claude": ("anthropic", "ANTHROPIC_API_KEY", "claude-opus-5-5"),
    "codergen/codex": ("openai", "OPENAI_API_KEY", "gpt-6.1-sol"),
    "codergen/gemini": ("gemini", "GEMINI_API_KEY", "gemini-3.1-pro-preview"),
}
FILES = {
    "pricing.py": "def discount(total):\n    if total > 100:\n        return total - 10\n    return total\n",
    "tests/test_pricing.py": "from pricing import discount\n\n\ndef test_it():\n"
    "    assert [discount(n) for n in (99, 100, 101)] == [99, 90, 91]\n",
}
CHECK = "python -m pytest -q tests"


@pytest.fixture
async def repository(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    return await write_repository(source, FILES)


async def codergen(home, *words, environ):
    env = {
        "PATH": os.environ["PATH"], "HOME": str(home), "CODERGEN_HOME": str(home / "codergen"),
        "PYTHONPATH": os.pathsep.join(sys.path), **environ,
    }  # fmt: skip
    return await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "codergen", *words], env=env, cwd=home, capture_output=True, text=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", OWN)
async def test_a_bug_is_fixed_and_verified(repository, tmp_path, name):
    provider = OWN[name][0]
    brain = await repair_brain(repository, CHECK, load({"CODERGEN_HOME": str(tmp_path / "twin")}))
    async with serving(provider, brain) as twin:
        words = ("run", "a total of 100 gets no discount", "--check", CHECK, "--repo", str(repository))
        environ = fronts.load(provider).environment(twin.url)
        done = await codergen(tmp_path, *words, "--station", name, "--output", "json", "-q", environ=environ)
    told = json.loads(done.stdout)
    assert (done.returncode, told["terminal_state"]) == (0, "pr_ready"), done.stdout + done.stderr
    assert [file["path"] for file in told["files"]] == ["pricing.py"]
    (row,) = told["route"]["stations"]
    assert (row["station"], row["model"]) == (name, OWN[name][2])


def place(tmp_path, name, packet=None, model="", **environ):
    settings = load({"CODERGEN_HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"], **environ})
    entry = Entry(name=name, kind=name, model=model)
    return Place(settings=settings, sandbox="bubblewrap", sessions=tmp_path / "sessions", entry=entry, packet=packet)


async def version(place):
    made = await make_station(place)
    await made.client.close()
    return made.station.version


def test_they_are_taken_only_when_named():
    assert set(OWN) <= set(KNOWN)
    assert not set(OWN) & set(UNASKED)


@pytest.mark.parametrize("name", OWN)
async def test_without_a_key_it_says_which(tmp_path, name):
    with pytest.raises(CredentialRefused, match=OWN[name][1]):
        await make_station(place(tmp_path, name))


async def test_the_model_is_the_entrys_else_the_vendors_own(tmp_path):
    assert (await version(place(tmp_path, "codergen/gemini", GEMINI_API_KEY="k"))).model == OWN["codergen/gemini"][2]
    other = place(tmp_path, "codergen/claude", model="openai:gpt-6-luna", OPENAI_API_KEY="k")
    assert (await version(other)).model == "gpt-6-luna"
    with pytest.raises(UsageError, match="PROVIDER:MODEL"):
        await make_station(place(tmp_path, "codergen/claude", model="luna"))


async def test_prompts_come_from_user_repository_at_base_and_packet(repository, tmp_path):
    job = {"intent": "mend it", "repository": Repository(path=repository)}

    async def prompts(**more):
        packet = TaskPacket(**job, **more)
        return (await version(place(tmp_path, "codergen/claude", packet, ANTHROPIC_API_KEY="k"))).prompts

    seen = [await prompts()]
    own = repository / ".codergen" / "prompts" / "claude"
    own.mkdir(parents=True)
    (own / "tone.md").write_text("Speak in verse.")
    assert await prompts() == seen[0], "what no commit holds is not part of a job"
    await commit(repository)
    seen.append(await prompts())
    seen.append(await prompts(prompts={"tone": "Speak plainly."}))
    seen.append(await prompts(prompts={"tone": "Speak plainly.", "of_another_family": "x"}))
    assert (len(set(seen)), seen[2] == seen[3]) == (3, True)
    (own / "tone.md").unlink()
    (own / "tone.md").symlink_to("/etc/passwd")
    await commit(repository)
    assert await prompts() == seen[0], "a link is no text"
    (own / "tone.md").unlink()
    (own / "tone.md").write_text("x" * 65_000)
    await commit(repository)
    with pytest.raises(RouterError, match=r"tone\.md"):
        await prompts()


async def commit(repository):
    who = ("-c", "user.name=t", "-c", "user.email=t@example.invalid")
    for words in (("add", "-A"), ("commit", "-q", "-m", "more")):
        process = await asyncio.create_subprocess_exec("git", *who, *words, cwd=repository)
        assert await process.wait() == 0
