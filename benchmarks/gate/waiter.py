"""Somebody who asks and waits, and keeps what was told of the queue."""

import asyncio
import contextlib
import json
import re
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.caller import Caller

DONE = b'{"data": "[DONE]"}'
QUEUED = re.compile(rb"^: queued (\d+) (\d+)\s*\n", re.MULTILINE)
CODE = re.compile(rb'"code": ?"([^"]+)"')
MODEL = "glm-4.6"


@dataclass(frozen=True)
class Told:
    """A line of the queue: when it came, the place, and the seconds it would take."""

    at: float
    place: int
    seconds: float


@dataclass
class Wait:
    """How one request went. `outcome` is "answered", a code, or "lost"."""

    began: float
    outcome: str = "lost"
    waited: float | None = None  # to the first event, in seconds
    told: list[Told] = field(default_factory=list)

    def truths(self) -> list[tuple[float, float]]:
        """What was told each time, and what it was in truth, in seconds."""
        if self.waited is None:
            return []
        end = self.began + self.waited
        return [(told.seconds, end - told.at) for told in self.told]


class Waiter(Caller):
    """One connection for one request, whose `wait` is filled in as it goes on."""

    def __init__(self, wait: Wait) -> None:
        super().__init__()
        self._wait = wait
        self._said = b""
        self._read = 0

    async def wait(self, asking: bytes) -> None:
        """Ask, and return when there is no more to come."""
        answer = await self.ask(asking)
        self.hang_up()
        if answer.first_event is not None:
            self._wait.waited = answer.first_event - self._wait.began
        if answer.complete and answer.status == 200 and DONE in self._said:
            self._wait.outcome = "answered"
        elif code := CODE.search(self._said):
            self._wait.outcome = code[1].decode()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._said += body
        for found in QUEUED.finditer(self._said, self._read):
            place, seconds = map(int, found.groups())
            self._wait.told.append(Told(perf_counter(), place, seconds))
            self._read = found.end()


def begin_wait(port: int, asking: bytes) -> "tuple[Wait, asyncio.Task[None]]":
    """Ask by a connection of one's own; the task is done when the wait is over."""
    wait = Wait(perf_counter())
    return wait, asyncio.create_task(_wait(port, asking, wait))


async def wait_once(port: int, asking: bytes) -> Wait:
    """Ask, and return how it went; "lost" if there is nobody."""
    wait, task = begin_wait(port, asking)
    await task
    return wait


async def _wait(port: int, asking: bytes, wait: Wait) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        _, waiter = await loop.create_connection(
            lambda: Waiter(wait), "127.0.0.1", port
        )
        await waiter.wait(asking)


def question(key: str, seconds: float, user: str = "") -> bytes:
    """A request whose answer takes `seconds` at Z.AI, from a client by its key."""
    text = f"Tell me a story. sim:events=10 sim:takes={seconds:.3f}"
    body = {
        "model": MODEL,
        "messages": [{"role": "user", "content": text}],
        "stream": True,
        **({"user_id": user} if user else {}),
    }
    content = json.dumps(body).encode()
    head = (
        "POST /api/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content
