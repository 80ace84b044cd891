"""The process that holds the weights. Run as `python -I serve_child.py`, with its configuration as JSON on stdin.

A program, not a module: standard library and the unpacked runtime only, nothing of ours is imported. It takes a lock,
leaves the process that started it, and holds the lock for as long as it lives: that is how others know. It writes its
state file once it answers, and ends by itself when nothing was asked of it for a while.
"""

import fcntl
import importlib
import json
import os
import sys
import time
import urllib.request
from pathlib import Path
from typing import IO, Any

Config = dict[str, Any]


def hold(path: Path) -> IO[bytes]:
    """The lock of this server, or exit 3 when another one has it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(3)
    return file


def leave(held: IO[bytes]) -> None:
    """Go on as a process that nobody waits for, with the lock and with its pid in the locked file."""
    if os.fork():
        os._exit(0)
    held.truncate(0)
    held.write(str(os.getpid()).encode())
    held.flush()


def start(config: Config) -> Any:  # noqa: ANN401 - a class of the runtime's, without types
    """The server of llama.cpp, on a loopback port, answering."""
    sys.path.insert(0, config["runtime"])
    runtime = importlib.import_module("xllamacpp")
    params = runtime.CommonParams()
    params.model.path = config["gguf"]
    params.model_alias = {config["alias"]}
    params.n_ctx = config["context_tokens"]
    params.n_parallel = 1
    params.n_gpu_layers = 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = config["threads"]
    params.hostnames = ["127.0.0.1"]
    params.port = config["port"]
    params.api_keys = [config["api_key"]]
    params.cache_ram_mib = 256
    params.ui = False
    params.offline = True
    params.verbosity = 1
    return runtime.Server(params)


def announce(config: Config, address: str) -> None:
    """Write the state file, readable by this user only, in one rename."""
    state = Path(config["state"])
    fresh = state.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    told = {
        "pid": os.getpid(),
        "base_url": address + "/v1",
        "started": time.time(),
        **{name: config[name] for name in ("api_key", "alias", "gguf", "threads", "context_tokens")},
    }
    with os.fdopen(os.open(str(fresh), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(told, file)
    fresh.replace(state)


def activity(address: str, api_key: str) -> tuple[bool, list[object]]:
    """Whether a request is running, and the number of the last one in each slot."""
    request = urllib.request.Request(address + "/slots", headers={"Authorization": "Bearer " + api_key})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        slots = json.load(answer)
    return any(slot["is_processing"] for slot in slots), [slot.get("id_task") for slot in slots]


def wait_until_idle(address: str, config: Config) -> None:
    """Return when no request ran for `idle_seconds`; never when that is 0."""
    limit = config["idle_seconds"]
    last: tuple[bool, list[object]] | None = None
    since = time.monotonic()
    while True:
        time.sleep(min(10.0, limit / 4) if limit else 3600.0)
        if not limit:
            continue
        now = activity(address, config["api_key"])
        if now[0] or now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since >= limit:
            return


def main() -> None:
    """Serve until idle, or until told to end."""
    config: Config = json.load(sys.stdin)
    os.umask(0o077)
    held = hold(Path(config["lock"]))
    leave(held)
    server = start(config)
    announce(config, server.listening_address)
    try:
        wait_until_idle(server.listening_address, config)
    finally:
        Path(config["state"]).unlink(missing_ok=True)
        held.close()
        os._exit(0)  # the runtime's own threads are not waited for


if __name__ == "__main__":
    main()
