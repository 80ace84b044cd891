"""What a job began with is what it goes on with."""

import argparse
from pathlib import Path

import pytest

from codergen.cli.run import add_parser
from codergen.cli.wanted import Wanted, keep, kept
from codergen.errors import UsageError
from router.line.job import Job


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    return parser.parse_args(["run", *words])


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(id="a-job", folder=tmp_path)


BEGAN = Wanted(stations=("repair", "codergen/plain"), sandbox="host")
SAME = ["--station", "repair", "--station", "codergen/plain", "--sandbox", "host"]


@pytest.mark.parametrize("options", [[], SAME, ["--output", "json", "-q"]])
def test_a_resumed_job_wants_what_it_began_with(job: Job, options: list[str]) -> None:
    keep(job, BEGAN)
    assert kept(job, parsed("--resume", "a-job", *options)) == BEGAN


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--station", "repair"], "began with --station repair --station codergen/plain, not with --station repair"),
        (["--sandbox", "auto"], "began with --sandbox host, not with --sandbox auto"),
        (["--python", "/usr/bin/python3"], "began without --python, not with --python /usr/bin/python3"),
        (["--check", "true"], "--check belongs to the packet"),
        (["--timeout", "5"], "--timeout belongs to the packet"),
        (["--accept-exit-code"], "--accept-exit-code belongs to the packet"),
    ],
)
def test_options_that_contradict_what_it_began_with_are_refused(job: Job, options: list[str], says: str) -> None:
    keep(job, BEGAN)
    with pytest.raises(UsageError, match=says):
        kept(job, parsed("--resume", "a-job", *options))


def test_a_job_of_before_this_was_kept_goes_by_its_options(job: Job) -> None:
    assert kept(job, parsed("--resume", "a-job", "--sandbox", "host")) == Wanted(sandbox="host")
