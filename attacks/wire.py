"""HTTP down to the socket: requests that no library would send, and their answers."""

import asyncio
import contextlib
import json
import re
import socket
import time
from collections.abc import AsyncIterator, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

# Each attack comes from an address of its own, so that what is counted by address is
# counted for it alone; the honest ask from 127.0.0.1. Linux has all of 127.0.0.0/8.
ATTACKERS = "127.0.1.0/24"
attacker: ContextVar[str] = ContextVar("attacker", default="127.0.1.1")
LONGEST_HEAD = 1 << 20
SECONDS = 30.0


class Hung(Exception):
    """Nothing, or not all, was answered in time."""


@dataclass(frozen=True)
class Answer:
    """One response. `seconds` is from the last byte sent to the last one received."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float = 0.0

    @property
    def id(self) -> str | None:
        return self.headers.get("x-request-id")

    @property
    def code(self) -> str | None:
        """The `code` of an error of ours."""
        with contextlib.suppress(ValueError, TypeError, KeyError):
            code: str | None = json.loads(self.body)["error"]["code"]
            return code
        return None


class Line:
    """One connection to the service."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, method: str = "POST", seconds: float = SECONDS) -> Answer:
        """Read one response. Raises Hung, or OSError if the connection ends before."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                status, headers = await self.head()
                body = b"".join([part async for part in self._body(method, headers)])
        except TimeoutError:
            raise Hung(f"no answer in {seconds:g} s") from None
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError("closed within an answer") from error
        return Answer(status, headers, body, time.monotonic() - started)

    async def head(self) -> tuple[int, dict[str, str]]:
        """Read up to a body; what only informs (100) is passed over."""
        status = 100
        while status < 200:
            raw = await self.reader.readuntil(b"\r\n\r\n")
            first, *lines = raw.decode("latin-1").strip().split("\r\n")
            status = int(first.split(" ")[1])
        fields = (line.partition(":") for line in lines)
        return status, {name.lower(): value.strip() for name, _, value in fields}

    async def pieces(self) -> AsyncIterator[bytes]:
        """The chunks of a body as they come, after `head`."""
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            yield await self.reader.readexactly(size)
            await self.reader.readexactly(2)
        await self.reader.readexactly(2)

    async def _body(self, method: str, headers: dict[str, str]) -> AsyncIterator[bytes]:
        if method == "HEAD":
            return
        if "chunked" in headers.get("transfer-encoding", ""):
            async for piece in self.pieces():
                yield piece
        elif length := headers.get("content-length"):
            yield await self.reader.readexactly(int(length))
        elif headers.get("connection") == "close":
            yield await self.reader.read()

    @property
    def is_over(self) -> bool:
        """Whether the service has ended the connection, as far as is known."""
        ended = self.reader.at_eof() or self.reader.exception() is not None
        return ended or self.writer.transport.is_closing()

    def reset(self) -> None:
        self.writer.transport.abort()


@contextlib.asynccontextmanager
async def connected(
    port: int, *, source: str = "", receive_buffer: int = 0
) -> AsyncIterator[Line]:
    """A connection for as long as the block lasts. Raises OSError."""
    connection = socket.socket()
    connection.setblocking(False)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    try:
        connection.bind((source or attacker.get(), 0))
        async with asyncio.timeout(SECONDS):
            loop = asyncio.get_running_loop()
            await loop.sock_connect(connection, ("127.0.0.1", port))
    except BaseException:
        connection.close()
        raise
    reader, writer = await asyncio.open_connection(sock=connection, limit=LONGEST_HEAD)
    try:
        yield Line(reader, writer)
    finally:
        writer.transport.abort()


async def send(
    port: int,
    data: bytes,
    *,
    method: str = "POST",
    source: str = "",
    seconds: float = SECONDS,
) -> Answer:
    """Send bytes over a connection of their own. Raises Hung and OSError."""
    async with connected(port, source=source) as line:
        with contextlib.suppress(ConnectionError):  # the answer may be there already
            async with asyncio.timeout(seconds):
                await line.send(data)
        return await line.answer(method, seconds)


def head(method: str, target: str, *lines: str, host: str = "127.0.0.1") -> bytes:
    """A request's head. `target` and `lines` go out as they are, in latin-1."""
    first = f"{method} {target} HTTP/1.1"
    hosted = [f"Host: {host}"] if host else []
    return "\r\n".join([first, *hosted, *lines, "", ""]).encode("latin-1")


def post(target: str, body: bytes, *lines: str, host: str = "127.0.0.1") -> bytes:
    """A whole request with a JSON body."""
    sized = (f"Content-Length: {len(body)}", "Content-Type: application/json", *lines)
    return head("POST", target, *sized, host=host) + body


def get(target: str, *lines: str, host: str = "127.0.0.1") -> bytes:
    return head("GET", target, *lines, host=host)


def chat(text: str = "Hello", **fields: Any) -> bytes:
    """A body that asks `text` in the service's own dialect."""
    messages = [{"role": "user", "content": text}]
    return json.dumps({"messages": messages, **fields}).encode()


_WORDS = re.compile(r"\s+")


def shown(data: bytes | str, most: int = 160) -> str:
    """What was sent or received, short enough for a line."""
    text = data.decode("latin-1") if isinstance(data, bytes) else data
    text = _WORDS.sub(" ", text)
    return text if len(text) <= most else f"{text[:most]}…"


async def gathered(coroutines: Iterable[Any], at_once: int = 50) -> list[Any]:
    """Run them, so many at a time; what one raised stands in its place."""
    places = asyncio.Semaphore(at_once)

    async def one(coroutine: Any) -> Any:
        async with places:
            return await coroutine

    tasks = [one(coroutine) for coroutine in coroutines]
    return await asyncio.gather(*tasks, return_exceptions=True)
