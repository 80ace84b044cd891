"""`codergen twin`, as a person runs it."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

SCRIPT = """
[[turns]]
text = "hello to you"
expect = { contains = ["hello"] }
"""


@contextmanager
def running(home, *arguments, **more):
    """A `codergen twin` and its first line; it is interrupted at the end and must leave."""
    command = [sys.executable, "-I", "-m", "codergen", "twin", *map(str, arguments)]
    env = {"PATH": os.environ["PATH"], "CODERGEN_HOME": str(home), **more}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=env, **pipes) as child:
        child.url = child.stdout.readline().strip()
        try:
            yield child
        finally:
            child.send_signal(signal.SIGINT)
            child.rest, child.told = child.stdout.read(), child.stderr.read()
            child.wait(timeout=15)


def post(url, text, **more):
    body = {"model": "m", "messages": [{"role": "user", "content": text}], **more}
    request = urllib.request.Request(
        f"{url}/v1/chat/completions",
        json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": "Bearer sk-of-a-person"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.toml"
    path.write_text(SCRIPT)
    return path


def test_serve_plays_a_script_logs_and_ends_cleanly(home, script, tmp_path):
    with running(home, "serve", "--provider", "chat", "--script", script, "--log", tmp_path / "log") as twin:
        assert twin.url.startswith("http://127.0.0.1:")
        status, answer = post(twin.url, "hello")
    assert (status, answer["choices"][0]["message"]["content"]) == (200, "hello to you")
    assert twin.rest == f"export OPENAI_BASE_URL={twin.url}/v1\nexport OPENAI_API_KEY=twin\n"
    assert (twin.returncode, twin.told) == (0, "")
    assert [path.name for path in (tmp_path / "log").iterdir()] == ["0001-chat.json"]


def test_what_was_not_as_written_down_ends_with_10(home, script):
    with running(home, "serve", "--provider", "chat", "--script", script) as twin:
        assert post(twin.url, "bye")[0] == 400
    assert twin.returncode == 10
    assert "request 1: turn 1 of the script expects otherwise" in twin.told
    assert "1 of 1 turns of the script were never asked for" in twin.told


def test_a_fault_of_the_first_requests(home, script):
    options = ("--fault", "429", "--fault-first", 1, "--retry-after", 3)
    with running(home, "serve", "--provider", "chat", "--script", script, *options) as twin:
        assert [post(twin.url, "hello")[0] for _ in range(2)] == [429, 200]
    assert twin.returncode == 0


def test_what_is_recorded_can_be_served(home, script, tmp_path):
    tape = tmp_path / "tape.json"
    with (
        running(home, "serve", "--provider", "chat", "--script", script) as real,
        running(home, "record", "--provider", "chat", "--upstream", real.url, "--out", tape) as recorder,
    ):
        first = post(recorder.url, "hello")
    assert (recorder.returncode, recorder.told) == (0, f"codergen: 1 exchanges in {tape}\n")
    assert 'OPENAI_API_KEY="YOUR KEY"' in recorder.rest
    assert "sk-of-a-person" not in tape.read_text()
    with running(home, "serve", "--provider", "chat", "--cassette", tape) as twin:
        assert post(twin.url, "hello") == first
    assert twin.returncode == 0


def test_the_local_brain_answers_with_what_a_model_says(home, script):
    script.write_text(f'{SCRIPT}\n[[answers]]\npath = "/v1/models"\nbody = {{ data = [ {{ id = "tiny" }} ] }}\n')
    with (
        running(home, "serve", "--provider", "chat", "--script", script) as model,
        running(home, "serve", "--provider", "chat", "--brain", "local", CODERGEN_LOCAL_URL=f"{model.url}/v1") as twin,
    ):
        status, answer = post(twin.url, "hello")
    assert (status, answer["choices"][0]["message"]["content"]) == (200, "hello to you")
    assert (twin.returncode, model.returncode) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("serve", "--provider", "chat", "--script", "none.toml"), 2, "none.toml is not a file"),
        (("serve", "--provider", "chat", "--brain", "repair"), 2, "needs --repo DIR and --check"),
        (("serve", "--provider", "chat", "--brain", "local"), 7, "codergen local install"),
        (("serve", "--provider", "chat", "--script", "x", "--fault", "sloth"), 2, "no fault is named sloth"),
        (("serve", "--provider", "robots", "--script", "x"), 2, "robots"),
        (("record", "--provider", "chat", "--upstream", "x", "--out", "y"), 2, "x is no URL"),
    ],
)
def test_what_cannot_be_is_told(home, arguments, code, told):
    with running(home, *arguments) as twin:
        pass
    assert twin.returncode == code
    assert told in twin.told


def test_a_port_that_is_taken_is_told(home, script):
    with running(home, "serve", "--provider", "chat", "--script", script, "--fault", "hang") as first:
        port = first.url.rpartition(":")[2]
        with running(home, "serve", "--provider", "chat", "--script", script, "--port", port) as second:
            pass
    assert second.returncode == 2
    assert f"port {port} cannot be served" in second.told
