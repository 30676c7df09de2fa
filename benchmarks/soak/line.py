"""A caller's connection, close enough to the wire to misbehave on it."""

import asyncio
import contextlib
import json
import random
import socket
from collections.abc import AsyncIterator

ANSWER_SECONDS = 60.0
DONE = b'data: {"data": "[DONE]"}'
BROKEN_OFF = b'"type":"streaming_error"'
# Of the socket, so that whoever does not read is soon noticed.
RECEIVE_BUFFER = 16_384
# What no caller who stays is to meet with, and what is wrong with it.
FAULTS = {
    "500": "answers were a 500",
    "200 cut": "streams ended without a last frame",
    "no answer": "connections were closed without an answer",
}


class Line:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def outcome(self) -> str:
        """Read to the end; say how it went, as the caller sees it."""
        async with asyncio.timeout(ANSWER_SECONDS):
            return outcome(await self.reader.read(-1))

    def reset(self) -> None:
        self._writer.transport.abort()


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Line]:
    """A connection for one request; closed when the block is left."""
    connection = socket.socket()
    connection.setblocking(False)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    try:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(connection, ("127.0.0.1", port))
    except OSError:
        connection.close()
        raise
    reader, writer = await asyncio.open_connection(
        sock=connection, limit=RECEIVE_BUFFER
    )
    try:
        yield Line(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def leave(port: int, asking: bytes, after: float) -> str:
    """Send something, wait, and go: politely or not."""
    async with connected(port) as line:
        await line.send(asking)
        await asyncio.sleep(after)
        if random.random() < 0.5:
            line.reset()
        return "left"


# Asked by who makes Z.AI fail: the gate spares a model that refuses, whoever asks, and
# all would be refused.
FAILING_MODEL = "glm-4.5-air"


def request(scenario: str, *, stream: bool = True, model: str = "glm-4.6") -> bytes:
    message = {"role": "user", "content": f"Tell me a story. {scenario}"}
    asked = {"messages": [message], "stream": stream, "model": model}
    body = json.dumps(asked).encode()
    return head(f"Content-Length: {len(body)}") + body


def head(length: str, method: str = "POST") -> bytes:
    """Everything before the body; `length` is the header that announces it."""
    return (
        f"{method} /api/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\n{length}\r\n\r\n"
    ).encode()


def outcome(answer: bytes) -> str:
    """The status; of a stream that began, how it ended too."""
    if not answer:
        return "no answer"
    start, _, body = answer.partition(b"\r\n\r\n")
    status = start[9:12].decode("latin-1")
    if status != "200" or b"text/event-stream" not in start:
        return status
    end = body[-2000:]
    if DONE in end:
        return "200 done"
    return "200 broken off" if BROKEN_OFF in end else "200 cut"
