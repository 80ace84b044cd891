"""`codergen local` as a person types it, in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.timeout(120)  # processes of their own, on machines that may be busy


def codergen(*arguments, home, **environ):
    return subprocess.run(
        [sys.executable, "-I", "-m", "codergen", "local", *arguments],
        env={"PATH": os.environ["PATH"], "CODERGEN_HOME": str(home), **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
    )


def test_status_of_nothing_tells_every_rung_and_makes_no_folder(home):
    done = codergen("status", "--json", home=home)
    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert (document["runtime"], document["installed"], document["running"], document["source"]) == (None, [], [], None)
    assert [passed["rung"] for passed in document["passed"]] == ["configured", "loopback", "gguf", "installed"]
    assert "codergen local install" in document["remedy"]
    assert not home.exists()


def test_status_never_prints_a_key(home):
    told = {"CODERGEN_MODEL": "litellm:openai/gpt-x", "OPENAI_API_KEY": "sk-very-secret"}
    for form in ([], ["--json"]):
        done = codergen("status", *form, home=home, **told)
        assert "openai/gpt-x" in done.stdout
        assert "very-secret" not in done.stdout + done.stderr


def test_install_offline_is_one_clear_word_and_leaves_nothing_half_installed(home):
    done = codergen("install", "--tiny", "--yes", home=home, PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
    assert done.returncode == 7
    assert done.stdout == ""
    assert "offline, or its package index does not have it" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (home / "models").exists()
    assert not (home / "local" / "runtime").exists()


def test_serving_nothing_says_what_to_do(home):
    done = codergen("serve", home=home)
    assert (done.returncode, done.stdout) == (7, "")
    assert "the runtime is not installed" in done.stderr
    assert "codergen local install" in done.stderr


def test_remove_when_there_is_nothing(home):
    done = codergen("remove", home=home)
    assert (done.returncode, done.stdout) == (0, "stopped 0 server(s), freed 0 MB\n")


def test_a_verb_is_needed(home):
    assert codergen(home=home).returncode == 2
