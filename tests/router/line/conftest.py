"""The verifier over a repository of its own, for all tests of verification."""

import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.registry import create
from codergen.tools.check import Check, Environment
from router.line.verdict import Verdict
from router.line.verify import VerifyRequest, verify
from router.line.workspace import open_repo
from router.packet import DEFAULT_PROTECTED


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


@pytest.fixture
def write():
    """`write(folder, files)` puts texts there by name, folders included."""
    return _write


@pytest.fixture
def judged(environment: Environment):
    """`await judged(folder, base, change, *checks, **request)` is the verdict on a change of a repository with `base`;
    checks are commands or `Check`s, `request` replaces fields of the `VerifyRequest`.

    On the host: the walls are tested with the backends.
    """

    async def run(
        folder: Path, base: Mapping[str, str], change: Mapping[str, str], *checks: Check | str, **more: object
    ) -> Verdict:
        source = folder / "source"
        _write(source, base)
        for command in ("init -q", "add -A", "-c user.name=t -c user.email=t@localhost commit -q -m base"):
            subprocess.run(["git", *command.split()], cwd=source, check=True, capture_output=True)
        repo = await open_repo(source, "HEAD", folder / "git")
        _write(source, change)
        request = {
            "repo": repo,
            "patch": await repo.patch_from_workspace(source),
            "checks": tuple(check if isinstance(check, Check) else Check(command=check) for check in checks),
            "protected": DEFAULT_PROTECTED,
            "expect_base_fails": True,
            "environment": environment,
            "sandbox_factory": partial(create, "host"),
            "spec": lambda tree: SandboxSpec(
                workspace=tree, mounts=environment.mounts, env=environment.env, path=environment.path
            ),
            "work": folder / "work",
        }
        return await verify(VerifyRequest(**{**request, **more}))

    return run
