"""The connection of one request."""

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import msgspec

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

_LINGER_ZERO = struct.pack("ii", 1, 0)


class CallerLeft(Exception):
    """The caller closed the connection while sending the body."""


class Line:
    """Takes the request in and hands the answer out; can be cut off at any point.

    `gone` is set once the connection was lost before the end of the answer, `dropped`
    if that was our doing; `before_end` is called before the caller can see the end.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.before_end: Callable[[], None] = lambda: None
        self._ended = False
        self.gone = False
        self.dropped = False

    async def body(self) -> bytes:
        blocks: list[bytes] = []
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise CallerLeft
            blocks.append(message.get("body", b""))
            if not message.get("more_body", False):
                return b"".join(blocks)

    async def left(self) -> None:
        """Return as soon as the caller is gone, or has the whole answer."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = not self._ended

    async def start(self, status: int, content_type: bytes, headers: Headers) -> None:
        await self._send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", content_type), *headers],
            }
        )

    async def write(self, data: bytes) -> None:
        """Wait while the caller takes less than is written."""
        await self._send(
            {"type": "http.response.body", "body": data, "more_body": True}
        )

    async def end(self, data: bytes = b"") -> None:
        self._ended = True
        self.before_end()
        await self._send({"type": "http.response.body", "body": data})

    async def reply_json(
        self,
        status: int,
        body: Any,
        headers: Headers = (),
        content_type: bytes = b"application/json; charset=UTF-8",
    ) -> None:
        await self.start(status, content_type, headers)
        await self.end(msgspec.json.encode(body))

    async def drop(self, *, reset: bool = False) -> None:
        """Lose the connection once what was written has gone out.

        ASGI has no message for that, and a response left incomplete would be logged as
        a fault of the server; so uvicorn's transport is taken from behind `send`.
        """
        # A transport does not say when its buffer is empty.
        while self._transport.get_write_buffer_size():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        if reset:
            self._close_with_rst()
        self.dropped = True
        self.before_end()
        self.abort()

    def abort(self) -> None:
        self._transport.abort()

    def _close_with_rst(self) -> None:
        # uvloop's own socket object cannot set options.
        number = os.dup(self._transport.get_extra_info("socket").fileno())
        with socket.socket(fileno=number) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)

    @property
    def _transport(self) -> asyncio.WriteTransport:
        transport: asyncio.WriteTransport = self._send.__self__.transport  # type: ignore[attr-defined]
        return transport
