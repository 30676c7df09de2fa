"""A caller down to the socket: reads when told to, and leaves as told."""

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

from chat.tests.waiting import SECONDS


class RawCaller:
    """One connection to the service; everything received so far is in `received`."""

    def __init__(self, url: str, receive_buffer: int | None = None) -> None:
        address = urlsplit(url)
        self.host = address.netloc
        self.received = b""
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(SECONDS)
        try:
            self._socket.connect((address.hostname, address.port))
        except OSError:
            self._socket.close()
            raise

    def __enter__(self) -> "RawCaller":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, text: str = "Hello", **body: Any) -> None:
        self.send(self.request(text, **body))

    def request(self, text: str = "Hello", **body: Any) -> bytes:
        asked = {"messages": [{"role": "user", "content": text}], **body}
        payload = json.dumps(asked).encode()
        return self.head("POST", "/api/chat", f"Content-Length: {len(payload)}") + (
            payload
        )

    def head(self, method: str, path: str, *headers: str) -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.host}",
            "Content-Type: application/json",
            *headers,
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def read_until(self, wanted: bytes) -> bytes:
        """Everything received, as soon as `wanted` is in it."""
        while wanted not in self.received:
            data = self._socket.recv(65536)
            assert data, f"closed before {wanted!r}: {self.received[-500:]!r}"
            self.received += data
        return self.received

    def read_to_end(self) -> bytes:
        """Everything received until the service closed or reset the connection."""
        try:
            while data := self._socket.recv(65536):
                self.received += data
        except ConnectionError:
            pass
        return self.received

    def close(self) -> None:
        self._socket.close()

    def reset(self) -> None:
        """Leave with a TCP RST."""
        linger = struct.pack("ii", 1, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._socket.close()


@contextmanager
def calling(
    url: str, count: int, receive_buffer: int | None = None
) -> Iterator[list[RawCaller]]:
    """So many callers; when the block ends, however it does, they have all left."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(RawCaller(url, receive_buffer)) for _ in range(count)
        ]
