"""A loopback model server that plays a list of turns on all three wires, with the least that the real CLIs accept.

A turn is `("text", words)` or `("call", tool, arguments)`; arguments that are a string make a freeform call. It is no
twin: it checks nothing, and keeps the requests so that a test can.
"""

import json
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler


class Script:
    """Turns to play, in order; the fault, if any, replaces every answer."""

    def __init__(self, *turns, fault="", cut_at=None):
        self.turns = list(turns)
        self.fault = fault
        self.cut_at = cut_at
        """Index of the answer that ends in the middle, and with it all that follow."""
        self.requests = []
        self.answered = 0
        self.lock = threading.Lock()

    def next(self):
        with self.lock:
            turn = self.turns[min(self.answered, len(self.turns) - 1)]
            self.answered += 1
            return self.answered - 1, turn


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "box"

    def do_HEAD(self):
        self._plain(200, {})

    def do_GET(self):
        self._plain(200, {"data": [], "models": [], "object": "list"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        script = self.server.script
        script.requests.append((self.path, dict(self.headers), body))
        if "count_tokens" in self.path or ":countTokens" in self.path:
            self._plain(200, {"input_tokens": 10, "totalTokens": 10})
        elif script.fault:
            self._fault(script.fault)
        else:
            number, turn = script.next()
            events = list(_wire(self.path)(turn, number))
            if script.cut_at is not None and number >= script.cut_at:
                events = events[: len(events) // 2]
            self._stream(events)

    def _fault(self, fault):
        if fault == "hang":
            self._begin()
            time.sleep(60)
        elif fault == "garbage":
            self._stream(["\x00\x01 not an event"])
        else:
            status = int(fault)
            kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
            error = {"type": kinds.get(status, "api_error"), "code": status, "message": f"scripted {status}"}
            headers = {"retry-after": "1"} if status == 429 else {}
            self._plain(status, {"type": "error", "error": error}, headers)

    def _plain(self, status, document, headers=None):
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {
            "content-type": "application/json",
            "content-length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _begin(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()

    def _stream(self, events):
        self._begin()
        for event in events:
            name = event.get("type") if isinstance(event, dict) else None
            data = event if isinstance(event, str) else json.dumps(event)
            self.wfile.write((f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode())
            self.wfile.flush()
        self.close_connection = True


def _wire(path):
    if "/messages" in path:
        return _anthropic
    return _openai if "/responses" in path else _gemini


def _anthropic(turn, number):
    usage = {"input_tokens": 100, "output_tokens": 1, "cache_read_input_tokens": 50, "cache_creation_input_tokens": 7}
    message = {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    yield {"type": "message_start", "message": message}
    if turn[0] == "text":
        yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        for word in turn[1].split(" "):
            yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word + " "}}
    else:
        block = {"type": "tool_use", "id": f"toolu_{number}", "name": turn[1], "input": {}}
        yield {"type": "content_block_start", "index": 0, "content_block": block}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(turn[2])}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    stop = "end_turn" if turn[0] == "text" else "tool_use"
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": stop, "stop_sequence": None},
        "usage": {"output_tokens": 20},
    }
    yield {"type": "message_stop"}


def _openai(turn, number):
    response = {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 1,
        "status": "in_progress",
        "model": "m",
        "output": [],
    }
    yield {"type": "response.created", "response": response}
    if turn[0] == "text":
        item = {
            "type": "message",
            "id": f"msg_{number}",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": turn[1], "annotations": []}],
        }
        yield {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**item, "status": "in_progress", "content": []},
        }
        for word in turn[1].split(" "):
            yield {
                "type": "response.output_text.delta",
                "item_id": item["id"],
                "output_index": 0,
                "content_index": 0,
                "delta": word + " ",
            }
    elif isinstance(turn[2], str):
        item = {
            "type": "custom_tool_call",
            "id": f"ctc_{number}",
            "call_id": f"call_{number}",
            "name": turn[1],
            "input": turn[2],
            "status": "completed",
        }
    else:
        item = {
            "type": "function_call",
            "id": f"fc_{number}",
            "call_id": f"call_{number}",
            "name": turn[1],
            "arguments": json.dumps(turn[2]),
            "status": "completed",
        }
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    usage = {
        "input_tokens": 150,
        "input_tokens_details": {"cached_tokens": 50},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 170,
    }
    yield {
        "type": "response.completed",
        "response": {**response, "status": "completed", "output": [item], "usage": usage},
    }


def _gemini(turn, number):
    parts = (
        [{"text": word + " "} for word in turn[1].split(" ")]
        if turn[0] == "text"
        else [{"functionCall": {"id": f"fc-{number}", "name": turn[1], "args": turn[2]}}]
    )
    usage = {"promptTokenCount": 150, "candidatesTokenCount": 20, "totalTokenCount": 170, "cachedContentTokenCount": 50}
    for at, part in enumerate(parts):
        candidate = {"content": {"role": "model", "parts": [part]}, "index": 0}
        last = at == len(parts) - 1
        yield {
            "candidates": [{**candidate, "finishReason": "STOP"} if last else candidate],
            "modelVersion": "m",
            **({"usageMetadata": usage} if last else {}),
        }


class _Server(socketserver.ThreadingMixIn):
    daemon_threads = True
    block_on_close = False


class _Tcp(_Server, socketserver.TCPServer):
    allow_reuse_address = True


class _Unix(_Server, socketserver.UnixStreamServer):
    def get_request(self):
        connection, _ = super().get_request()
        return connection, ("box", 0)


class Upstream:
    """Serves while entered: on `socket` (a path) or, without one, on a free loopback port."""

    def __init__(self, script, socket=None):
        self.server = _Tcp(("127.0.0.1", 0), _Handler) if socket is None else _Unix(str(socket), _Handler)
        self.server.script = script
        self.url = "" if socket else f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()
