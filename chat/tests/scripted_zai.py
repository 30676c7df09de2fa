"""A Z.AI that does what a script says, down to the packet."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

from chat.tests.waiting import SECONDS

Script = Callable[[socket.socket], None]


@contextlib.contextmanager
def scripted(*scripts: Script, bodies: list[bytes] | None = None) -> Iterator[str]:
    """A Z.AI whose n-th connection plays the n-th script; the last one from then on.

    A script gets the socket after the request was read, its body going to `bodies`;
    yields the base URL.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads: list[threading.Thread] = []
        stopping = threading.Event()

        def accept() -> None:
            number = 0
            while True:
                connection, _ = listener.accept()
                if stopping.is_set():
                    connection.close()
                    return
                script = scripts[min(number, len(scripts) - 1)]
                number += 1
                thread = threading.Thread(
                    target=_play, args=(connection, script, bodies)
                )
                threads.append(thread)
                thread.start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v4"
        finally:
            stopping.set()
            socket.create_connection(listener.getsockname()).close()
            accepting.join(SECONDS)
            for thread in threads:
                thread.join(SECONDS)


def _play(
    connection: socket.socket, script: Script, bodies: list[bytes] | None
) -> None:
    with connection, contextlib.suppress(OSError):
        connection.settimeout(SECONDS)
        if (body := read_request(connection)) is not None:
            if bodies is not None:
                bodies.append(body)
            script(connection)


def read_request(connection: socket.socket) -> bytes | None:
    """Read one HTTP request; its body, or None if the connection was closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    while len(body) < length:
        if not (more := connection.recv(65536)):
            return None
        body += more
    return body


def answering(
    *parts: bytes,
    status: str = "200 OK",
    kind: str = "text/event-stream",
    pause: float = 0.0,
) -> Script:
    """A script that sends `parts`, one packet each, and closes the connection; with a
    `pause` of so many seconds after each."""

    def play(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return play
