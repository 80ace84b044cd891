"""The pinned tools, and what is said where they cannot be installed."""

import json

from evals.peers import pinned
from evals.peers.__main__ import install, prerequisite


def test_one_pinned_version_of_each_tool():
    assert [peer.station for peer in pinned()] == ["claude-code", "codex-cli", "gemini-cli"]
    assert all(peer.version.count(".") == 2 for peer in pinned())


def test_the_prerequisite_is_named(tmp_path):
    assert "apt-get install nodejs npm" in prerequisite(str(tmp_path))
    for name, says in (("node", "v18.1.0"), ("npm", "9")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {says}\n")
        (tmp_path / name).chmod(0o755)
    assert prerequisite(str(tmp_path)).startswith("node 20 or newer is needed")
    (tmp_path / "node").write_text("#!/bin/sh\necho v22.0.0\n")
    assert prerequisite(str(tmp_path)) == ""


def test_what_is_there_already_is_not_fetched_again(tmp_path, capsys):
    peer = pinned()[0]
    manifest = peer.folder(tmp_path) / "node_modules" / peer.package / "package.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"version": peer.version}))
    assert install(peer, tmp_path) == 0
    assert f"{peer.package}@{peer.version} is in " in capsys.readouterr().out
