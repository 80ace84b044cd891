"""Installs the pinned tools into the cache (about 870 MB, once). `make peers` runs this, then the tests."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from codergen.settings import load
from evals.peers import Peer, pinned

_NODE = 20


def main() -> int:
    """0 when all of them are there."""
    settings = load()
    if lacking := prerequisite(settings.environ.get("PATH")):
        sys.stderr.write(f"codergen: {lacking}\n")
        return 9
    return max((install(peer, settings.cache) for peer in pinned()), default=0)


def prerequisite(path: str | None) -> str:
    """What is missing and how to get it; empty when nothing is."""
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return f"the vendors' tools need node {_NODE} or newer and npm (Debian: apt-get install nodejs npm)"
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = said.lstrip("v").split(".")[0]
    return "" if major.isdigit() and int(major) >= _NODE else f"node {_NODE} or newer is needed, {node} is {said}"


def install(peer: Peer, cache: Path) -> int:
    """Into a folder beside the final one, which appears whole or not at all. Returns npm's exit code."""
    folder = peer.folder(cache)
    if _installed(folder, peer) == peer.version:
        sys.stdout.write(f"{peer.package}@{peer.version} is in {folder}\n")
        return 0
    fresh = folder.with_name(folder.name + ".making")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    sys.stdout.write(f"installing {peer.package}@{peer.version} into {folder}\n")
    sys.stdout.flush()
    command = ("npm", "install", "--prefix", str(fresh), "--no-audit", "--no-fund", "--no-save", "--loglevel=error")
    code = subprocess.run([*command, f"{peer.package}@{peer.version}"], check=False).returncode
    if code == 0:
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    else:
        shutil.rmtree(fresh, ignore_errors=True)
    return code


def _installed(folder: Path, peer: Peer) -> str:
    try:
        manifest = folder / "node_modules" / peer.package / "package.json"
        return str(json.loads(manifest.read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError):
        return ""


if __name__ == "__main__":
    sys.exit(main())
