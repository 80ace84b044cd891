"""Every backend against the shipped suite, with its explicit gaps."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from codergen.sandbox.base import SandboxSpec, StartRecord
from codergen.sandbox.conformance import BEHAVIOURS, GAPS, UNENFORCED, Bench, broken, gaps
from codergen.sandbox.registry import create

KINDS = ("host", "bubblewrap")


async def record_of(kind: str, workspace: Path) -> StartRecord:
    sandbox = create(kind)
    try:
        return await sandbox.start(SandboxSpec(workspace=workspace))
    finally:
        await sandbox.stop()


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StartRecord]:
    return {kind: asyncio.run(record_of(kind, tmp_path_factory.mktemp(kind))) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BEHAVIOURS)
async def test_behaviour(kind: str, name: str, records: dict[str, StartRecord], tmp_path: Path) -> None:
    seen = await broken(BEHAVIOURS[name], Bench(create=partial(create, kind), tmp=tmp_path))
    if name in gaps(records[kind]):
        assert seen is not None, f"{name} holds on {kind} although it is listed as a gap"
    else:
        assert seen is None, seen


def test_gaps_are_behaviours() -> None:
    listed = {name for names in (*UNENFORCED.values(), *GAPS.values()) for name in names}
    assert listed <= BEHAVIOURS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_of_the_record_is_tested(kind: str, records: dict[str, StartRecord]) -> None:
    assert set(records[kind].not_enforced) <= UNENFORCED.keys()
