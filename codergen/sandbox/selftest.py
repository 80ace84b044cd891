"""The test every sandbox runs on itself when it starts: three baits are laid out on the host and a command inside
reaches for them. What it finds goes into the job's record word for word."""

import asyncio
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from codergen.sandbox.base import ExecRequest, ExecResult, SandboxSpec

Exec = Callable[[ExecRequest], Awaitable[ExecResult]]

# $1 bait file, $2 bait port, $3 a word that stands in the environment of a bait process outside
_REACH = r"""
if cat "$1" >/dev/null 2>&1; then echo outside=read; fi
if (cat /proc/[0-9]*/environ 2>/dev/null || true) | grep -aqF "$3"; then echo environment=read; fi
if [ -x /bin/bash ]; then
  if /bin/bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"' reach "$2" 2>/dev/null; then echo network=connected; fi
else echo network=unknown; fi
echo names=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' | tr '\n' ' ')
echo reached
"""
_OF_THE_SHELL = {"PWD", "OLDPWD", "SHLVL", "_"}
_OURS = {"PATH", "HOME", "LANG", "TMPDIR"}


async def self_test(run: Exec, spec: SandboxSpec) -> dict[str, str]:
    """Probe name -> "held", or what leaked: `outside` (a file), `environment`, `network` (a loopback port), and
    `tool` when the command itself did not run, which leaves the others out."""
    word = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="codergen-bait-") as folder, socket.create_server(("127.0.0.1", 0)) as port:
        bait = Path(folder) / "bait"
        bait.write_text(word)
        bait.chmod(0o644)
        Path(folder).chmod(0o755)
        bearer = _bearer(word)
        try:
            argv = ("/bin/sh", "-c", _REACH, "reach", str(bait), str(port.getsockname()[1]), word)
            done = await run(ExecRequest(argv=argv, timeout_s=20))
        finally:
            bearer.kill()
            await asyncio.to_thread(bearer.communicate)
    return verdicts(done, frozenset(_OURS | set(spec.env)))


def _bearer(word: str) -> "subprocess.Popen[bytes]":
    """A process outside that carries `word` in its environment until its input ends."""
    return subprocess.Popen(
        ["/bin/sh", "-c", "read line"],
        env={"CODERGEN_BAIT": word},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def verdicts(done: ExecResult, allowed: frozenset[str]) -> dict[str, str]:
    """What the reaching command said, probe by probe."""
    lines = done.stdout.decode(errors="replace").splitlines()
    if "reached" not in lines:
        return {"tool": f"did not run: exit {done.exit_code}, {done.stderr.decode(errors='replace').strip()[:300]}"}
    said = {line.partition("=")[0]: line.partition("=")[2] for line in lines if "=" in line}
    extra = sorted(set(said.get("names", "").split()) - allowed - _OF_THE_SHELL)
    environment = "held"
    if "environment" in said:
        environment = "leaked: environments of processes outside"
    elif extra:
        environment = f"leaked: {' '.join(extra)[:300]}"
    network = {"connected": "leaked: loopback of the host", "unknown": "not tested: no bash"}
    return {
        "tool": "held",
        "outside": "leaked: a file outside" if "outside" in said else "held",
        "environment": environment,
        "network": network.get(said.get("network", ""), "held"),
    }
