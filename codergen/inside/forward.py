"""The way out of a box without network, for a program that can only speak TCP: `forward.py PORT SOCKET -- COMMAND...`

Listens on 127.0.0.1:PORT of the box's own network, passes each connection on to the unix socket byte by byte as it
comes, runs COMMAND with its input closed, and ends as it ends (128 + n for signal n). Threads, because importing
`asyncio` would cost more than everything here.
"""

import contextlib
import os
import signal
import socket
import sys
import threading

_CHUNK = 1 << 16
_PATIENCE = 1.0
_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_UNREACHABLE = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 73\r\n\r\n"
    b'{"error":{"code":502,"message":"codergen: the credential proxy is gone"}}'
)


def copy(source, target):
    """Every piece at once, until the source ends or either side breaks; then the target learns of the end."""
    with contextlib.suppress(OSError):
        while True:
            piece = source.recv(_CHUNK)
            if not piece:
                break
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def serve(client, path):
    """One connection."""
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    gate = socket.socket(socket.AF_UNIX)
    try:
        gate.connect(path)
    except OSError:
        gate.close()
        turn_away(client)
        return
    out = threading.Thread(target=copy, args=(client, gate), daemon=True)
    out.start()
    copy(gate, client)
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_RD)  # nobody is left to hear the rest
    out.join()
    client.close()
    gate.close()


def turn_away(client):
    """Answer in HTTP, and let the other side read it: closing with its request unread would reset the connection."""
    with contextlib.suppress(OSError):
        client.settimeout(_PATIENCE)
        client.recv(_CHUNK)
        client.sendall(_UNREACHABLE)
        client.shutdown(socket.SHUT_WR)
        while client.recv(_CHUNK):
            pass
    client.close()


def accept(listener, path):
    """For as long as the program runs."""
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, path), daemon=True).start()


def run(command, mask):
    """The command's exit code; signals that come here go to it, also those that came before it began.

    They are held back until there is a command to send them to; `mask` is what was held back before us.
    """
    nothing = (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)
    try:
        child = os.posix_spawnp(
            command[0], command, os.environ, file_actions=[nothing], setsigdef=[signal.SIGPIPE], setsigmask=mask
        )
    except OSError as error:
        sys.stderr.write("%s: %s\n" % (command[0], error.strerror))
        return 127 if isinstance(error, FileNotFoundError) else 126
    for number in _PASSED_ON:
        signal.signal(number, lambda number, _: os.kill(child, number))
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    _, status = os.waitpid(child, 0)
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def main(words):
    """Exit code: the command's; 125 where the port is taken or the words are wrong."""
    if len(words) < 4 or words[2] != "--" or not words[0].isdigit():
        sys.stderr.write("usage: forward.py PORT SOCKET -- COMMAND [ARGUMENT ...]\n")
        return 125
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)  # before the threads: signals are for the main one
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", int(words[0])))
    except (OSError, OverflowError) as error:
        sys.stderr.write("forward.py: port %s: %s\n" % (words[0], error))
        return 125
    listener.listen(64)
    threading.Thread(target=accept, args=(listener, words[1]), daemon=True).start()
    return run(words[3:], mask)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)  # threads may still hold connections; the box ends with us
