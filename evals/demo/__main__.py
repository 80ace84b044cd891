"""Three packets through the real command line: one for `repair`, one for the embedded model, one that is no bug.

No key and no question. `DEMO_MODEL=none` leaves the embedded model out and says so.
"""

import asyncio
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from codergen.settings import Settings, load
from router.testing import write_repository

REPOSITORIES = Path(__file__).parent / "repositories"
COMMAND = (sys.executable, "-I", "-m", "codergen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """One job of the demo."""

    title: str
    repository: str
    intent: str
    check: str
    expected: str
    needs_model: bool = False

    def packet(self, repository: Path, scenario: Path | None) -> str:
        """The job as a packet file."""
        held_out = f'scenarios = ["{scenario}"]\n' if scenario else ""
        return (
            f'intent = "{self.intent}"\nclass = "bugfix"\nscope = ["{self.repository}/**"]\n\n'
            f'[source]\nkind = "ticket"\n\n[repository]\npath = "{repository}"\n\n'
            f'[validation]\n{held_out}\n[[validation.checks]]\ncommand = "{self.check}"\n'
        )


SHOWS = (
    Show(
        title="a bug that a machine without a model repairs",
        repository="cart",
        intent="The quantity discount is promised from ten pieces on, but ten pieces are charged in full.",
        check="python -m pytest -q tests",
        expected="pr_ready/verified",
    ),
    Show(
        title="a bug that needs new code, for the embedded model",
        repository="batches",
        intent="split() loses the items at the end when they do not fill a whole batch.",
        check="python -m pytest -q tests",
        expected="pr_ready/verified",
        needs_model=True,
    ),
    Show(
        title="a ticket for a bug that does not exist",
        repository="phones",
        intent="Numbers that are written with 0049 are not recognised.",
        check="python -m pytest -q tests",
        expected="no_op/not_reproducible",
    ),
)


def main() -> int:
    """Run the demo; returns 0 when every job that ran ended as it should."""
    settings = load()
    with_model = settings.environ.get("DEMO_MODEL", "") != "none"
    say(f"state is kept in {settings.data}")
    began = time.monotonic()
    wrong = [show.title for show in SHOWS if not run(show, settings, with_model=with_model)]
    say("what the router knows now (codergen route show)")
    subprocess.run([*COMMAND, "route", "show"], check=False)
    say(f"{len(SHOWS) - len(wrong)} of {len(SHOWS)} jobs ended as they should, {time.monotonic() - began:.0f} s")
    for title in wrong:
        say(f"not as it should: {title}")
    return 1 if wrong else 0


def run(show: Show, settings: Settings, *, with_model: bool) -> bool:
    """One job, live; whether it ended as it should (a job that is left out is said to be)."""
    say(show.title)
    if show.needs_model and not with_model:
        say("left out: DEMO_MODEL=none. With it, the embedded model (1.1 GB, fetched once) would work on this.")
        return True
    if show.needs_model and subprocess.run([*COMMAND, "local", "install"], check=False).returncode != 0:
        say("the embedded model could not be installed; DEMO_MODEL=none leaves this job out")
        return False
    packet = make(show, settings.data / "demo")
    done = subprocess.run([*COMMAND, "run", "--packet", str(packet)], check=False)
    return done.returncode == 0


def make(show: Show, folder: Path) -> Path:
    """Write the job's repository, held-out scenario and packet; returns the packet's path."""
    repository = folder / show.repository
    scenario = folder / f"{show.repository}.scenario"
    shutil.rmtree(repository, ignore_errors=True)
    shutil.rmtree(scenario, ignore_errors=True)
    shutil.copytree(REPOSITORIES / show.repository, repository)
    held_out = REPOSITORIES / f"{show.repository}.scenario"
    if held_out.is_dir():
        shutil.copytree(held_out, scenario)
    asyncio.run(write_repository(repository, {}))
    packet = folder / f"{show.repository}.toml"
    packet.write_text(show.packet(repository, scenario if held_out.is_dir() else None), encoding="utf-8")
    return packet


def say(text: str) -> None:
    """A line of the demo's own voice."""
    sys.stdout.write(f"\n== {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
