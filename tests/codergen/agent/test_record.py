"""What a record writes, takes in and shows are the same bytes, without secrets."""

import json
from pathlib import Path
from typing import Any

from codergen.agent.record import Record
from codergen.agent.redact import Redactor, known_secrets
from codergen.events import Event
from codergen.journal import Journal, read
from providers.scripted import Reply, ScriptedClient, call

KEY = "Qw7-" + "k3yk3yk3y-of-a-test-0123456789"
REDACTOR = Redactor(known=known_secrets({"TEST_API_KEY": KEY}))
MARK = "[redacted:TEST_API_KEY]"


def chunk(text: str, id: str = "c1", stream: str = "out") -> dict[str, Any]:
    return {"call_id": id, "stream": stream, "text": text}


def test_a_secret_split_across_chunks_is_never_written(tmp_path: Path) -> None:
    shown: list[Event] = []
    record = Record(Journal.create(tmp_path / "j.jsonl"), shown.append, REDACTOR)
    for text in ("a " + KEY[:7], KEY[7:20], KEY[20:] + " b", " end " + KEY[:9]):
        record("tool.output", chunk(text))
    record("tool.output", chunk(KEY[:6], stream="err"))
    record("tool.output", chunk("other call", id="c2"))
    end = {
        "call_id": "c1",
        "name": "shell",
        "content": KEY,
        "details": {"all": [KEY]},
        "is_error": None,
        "seconds": 0.1,
    }
    record("tool.end", end | {"after": f"see {KEY}"})
    record.close()
    lines = read(tmp_path / "j.jsonl").lines
    out = [line.data["text"] for line in lines if line.kind == "tool.output" and line.data["stream"] == "out"]
    assert "".join(text for text in out if text != "other call") == f"a {MARK} b end {KEY[:9]}"
    assert [line.kind for line in lines][-3:] == ["tool.output", "tool.output", "tool.end"]
    assert lines[-1].data == end | {"content": MARK, "details": {"all": [MARK]}, "after": f"see {MARK}"}
    assert KEY not in (tmp_path / "j.jsonl").read_text()
    assert [(event.kind, event.data) for event in shown] == [(line.kind, line.data) for line in lines]


async def test_model_journal_and_resume_see_the_same_bytes(bench: Any) -> None:
    (bench.workspace / ".env").write_text(f"API={KEY}\n")
    client = ScriptedClient(
        turns=[
            Reply(text="Look.", tool_calls=(call("shell", json.dumps({"command": "cat .env; echo done"})),)),
            Reply(text=f"It is {KEY}."),
        ]
    )
    session = bench.session(client, redactor=REDACTOR)
    await session.submit(f"my key is {KEY}, what is in .env?")
    await session.close()
    told = json.dumps(
        [[str(part) for part in message.parts] for request in client.requests for message in request.messages]
    )
    assert KEY not in told
    assert told.count(MARK) >= 3
    assert KEY not in bench.journal.read_text()
    assert KEY not in json.dumps([dict(event.data) for event in bench.events])
    after = bench.resume([], bench.journal, redactor=REDACTOR)
    assert after.conversation == session.conversation
    assert after.conversation.messages() == session.conversation.messages()


async def test_live_text_is_whole_and_in_order(bench: Any) -> None:
    session = bench.session([Reply(text="sk-learn is not a key, sk-", piece=3)], redactor=REDACTOR)
    await session.submit("x")
    assert "".join(data["text"] for data in bench.data("model.delta")) == "sk-learn is not a key, sk-"


async def test_a_marker_is_never_written_over_a_secret(bench: Any) -> None:
    (bench.workspace / ".env").write_text(f"API={KEY}\n")
    edits = [
        call("write", json.dumps({"path": ".env", "content": f"API={MARK}\nNEW=1\n"}), id="c1"),
        call("edit", json.dumps({"path": ".env", "old_string": "API=", "new_string": "NEW=1\nAPI="}), id="c2"),
    ]
    session = bench.session([Reply(tool_calls=tuple(edits)), Reply(text="done")], redactor=REDACTOR)
    await session.submit("add NEW=1")
    ends = bench.data("tool.end")
    assert "Edit around it" in ends[0]["content"]
    assert KEY in (bench.workspace / ".env").read_text()
    assert "NEW=1" in (bench.workspace / ".env").read_text(), ends[1]
