"""Stands in for a vendor's tool: speaks like one on standard output, asks the gate like one, does what it is told.

`fake_tool.py BEHAVIOUR ARGUMENT`, inside a box. Standard library only.
"""

import http.client
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request


def say(**record):
    sys.stdout.write(json.dumps(record) + "\n")
    sys.stdout.flush()


def ask():
    """One call of the service through the gate: its status, and the key that was used."""
    body = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 8,
        "stream": True,
        "messages": [{"role": "user", "content": "x"}],
    }
    headers = {"x-api-key": os.environ["ANTHROPIC_API_KEY"], "content-type": "application/json"}
    request = urllib.request.Request(
        os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", json.dumps(body).encode(), headers
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except http.client.HTTPException:
        return 200  # it takes the half for the whole


def call(id, name, **given):
    block = {"type": "tool_use", "id": id, "name": name, "input": given}
    say(type="assistant", message={"content": [block]})


def result(id, text, **more):
    said = more.pop("said", {})
    block = {"type": "tool_result", "tool_use_id": id, "content": text, **more}
    say(type="user", message={"content": [block]}, tool_use_result=said)


def end(**more):
    report = {"outcome": "done", "summary": "mended", "checks": [], "question": ""}
    say(
        type="result",
        **{
            "subtype": "success",
            "is_error": False,
            "result": json.dumps(report),
            "structured_output": report,
            "permission_denials": [],
            "usage": {"input_tokens": 5, "output_tokens": 2},
            "total_cost_usd": 0.25,
            **more,
        },
    )


def begin():
    say(type="system", subtype="init", session_id="s1", model="fake-1", tools=["Bash", "Edit"])


def fix(_):
    begin()
    ask()
    call("t1", "Edit", file_path="/workspace/numbers_.py", old_string=" + 1", new_string="")
    with open("numbers_.py") as file:
        text = file.read()
    with open("numbers_.py", "w") as file:
        file.write(text.replace(" + 1", ""))
    result("t1", "updated", said={"filePath": "/workspace/numbers_.py", "structuredPatch": []})
    end()


def run(command):
    begin()
    call("t1", "Bash", command=command)
    done = subprocess.run(["/bin/bash", "-c", command], capture_output=True, text=True)
    failed = f"Exit code {done.returncode}\n" if done.returncode else ""
    result("t1", failed + done.stdout, is_error=done.returncode != 0)
    end()


def refused(_):
    begin()
    status = ask()
    time.sleep(30)  # tries again and again: whoever waits for it waits in vain
    end(is_error=True, api_error_status=status, result="no")


def cut(_):
    begin()
    ask()
    end()


def nothing(_):
    begin()
    end()


def denied(_):
    begin()
    call("t1", "Bash", command="touch x")
    say(type="system", subtype="permission_denied", tool_name="Bash", tool_use_id="t1", message="needs approval")
    result("t1", "needs approval", is_error=True)
    end()


def silent(_):
    begin()
    time.sleep(600)


def crash(_):
    begin()
    sys.stderr.write("panic: out of ideas\n")
    sys.stderr.flush()
    os.abort()


def garbage(_):
    for _ in range(20):
        sys.stdout.write("\x00\x01 {{{ not json\n")
    sys.stdout.flush()


def spend(_):
    """Asks and asks, and tells of each answer."""
    begin()
    for _ in range(20):
        ask()
        say(type="stream_event")
        time.sleep(0.1)
    end()


def chatter(_):
    begin()
    for number in range(1000):
        call(f"t{number}", "Read", file_path="a")
        result(f"t{number}", "a")
        time.sleep(0.02)


def look(_):
    """What a box can see of secrets and of the world."""
    begin()
    seen = {"environ": dict(os.environ), "home": sorted(os.listdir(os.path.expanduser("~")))}
    say(type="assistant", message={"content": [{"type": "text", "text": json.dumps(seen)}]})
    end()


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
