"""A caller that costs little: it counts events, and does not read them."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import httptools

from benchmarks.ours import ORIGIN
from benchmarks.server import Words
from benchmarks.standin import API_KEY

# Stands once in every event of every server, whatever its JSON looks like otherwise.
MARKER = b'"delta"'
OVERLAP = len(MARKER) - 1
AUTHORIZED = {"Authorization": f"Bearer {API_KEY}"}


class Lost(Exception):
    """An answer that did not come, or not whole."""


@dataclass(slots=True)
class Answer:
    """Times are by `perf_counter`."""

    asked: float
    status: int = 0
    events: int = 0
    first_event: float | None = None
    ended: float | None = None
    complete: bool = False


class Caller(asyncio.Protocol):
    """One connection, which asks one thing after the other."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.answer = Answer(0.0)
        self._last_event = self._longest_gap = 0.0
        self.done = self._loop.create_future()
        self._tail = b""

    @classmethod
    async def connect(cls, port: int) -> "Caller":
        _, caller = await asyncio.get_running_loop().create_connection(
            cls, "127.0.0.1", port
        )
        return caller

    def ask(self, request: bytes) -> "asyncio.Future[Answer]":
        """Send a request; the future holds the answer when it is there, or cut off."""
        self.answer, self._tail = Answer(perf_counter()), b""
        self.done = self._loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        if self._transport.is_closing():
            self.done.set_result(self.answer)
        self._transport.write(request)
        return self.done

    def hang_up(self) -> None:
        self._transport.abort()

    def begin_gaps(self) -> None:
        self._last_event, self._longest_gap = perf_counter(), 0.0

    def longest_gap(self) -> float:
        """Return the most seconds without an event, since `begin_gaps`."""
        return max(self._longest_gap, perf_counter() - self._last_event)

    # asyncio's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(self.answer)

    # the parser's calls

    def on_body(self, body: bytes) -> None:
        answer = self.answer
        seen = self._tail + body
        if found := seen.count(MARKER):
            now = perf_counter()
            if not answer.events:
                answer.first_event = now
            answer.events += found
            self._longest_gap = max(self._longest_gap, now - self._last_event)
            self._last_event = now
        self._tail = seen[-OVERLAP:]

    def on_message_complete(self) -> None:
        self.answer.status = self._parser.get_status_code()
        self.answer.ended = perf_counter()
        self.answer.complete = True
        if not self.done.done():
            self.done.set_result(self.answer)


async def events_at_all(callers: Sequence[Caller], least: int) -> None:
    """Return once each of `callers` has had so many events."""
    # Looking now and then costs less than telling of each event.
    while not all(c.answer.events >= least for c in callers):  # noqa: ASYNC110
        await asyncio.sleep(0.005)


def request(
    path: str,
    scenario: str,
    *,
    stream: bool = True,
    words: Words = "content",
    model: str = "glm-4.6",
    headers: Mapping[str, str] = AUTHORIZED,
) -> bytes:
    """A chat request as a browser sends it; `scenario` is what the stand-in plays."""
    text = f"Tell me a story. {scenario}"
    said: dict[str, Any] = {"messages": [{"role": "user", "content": text}]}
    if words == "parts":
        parts = [{"type": "text", "text": text}]
        said = {"messages": [{"role": "user", "parts": parts}]}
    elif words == "input":
        said = {"input": text}
    content = json.dumps({"model": model, "stream": stream, **said}).encode()
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {ORIGIN}\r\n"
        f"{told}Accept: */*\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content
