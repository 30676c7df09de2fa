"""A receiver of alerts, over real HTTP: it keeps what it is told."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chat.tests.waiting import SECONDS


class Receiver:
    """`answer` is what it says, with `status`: 0 says nothing until the end."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.answer = b"ok"
        self.over = threading.Event()
        self._bodies: queue.Queue[dict[str, Any]] = queue.Queue()

    def told(self) -> dict[str, Any]:
        """The next message."""
        return self._bodies.get(timeout=SECONDS)

    @property
    def has_more(self) -> bool:
        return not self._bodies.empty()

    def take(self, body: bytes) -> None:
        self._bodies.put(json.loads(body))


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.take(body)
            if not receiver.status:
                receiver.over.wait(SECONDS)
                return
            self.send_response(receiver.status)
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{server.server_port}/a-secret/hook"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.over.set()
            server.shutdown()
            thread.join(SECONDS)
