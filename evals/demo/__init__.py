"""`make demo`: three real jobs on small repositories that it makes."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from router.testing import write_repository

REPOSITORIES = Path(__file__).parent / "repositories"


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
