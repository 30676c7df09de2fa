"""Somebody who asks and waits, and keeps what was told of the queue."""

import asyncio
import json
import re
from collections.abc import Sequence
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
    told: Sequence[Told] = field(default_factory=list)

    def truths(self) -> list[tuple[float, float]]:
        """What was told each time, and what it was in truth, in seconds."""
        if self.waited is None:
            return []
        end = self.began + self.waited
        return [(told.seconds, end - told.at) for told in self.told]


class Waiter(Caller):
    """One connection for one request."""

    def __init__(self) -> None:
        super().__init__()
        self._said = b""
        self._read = 0
        self._told: list[Told] = []

    async def wait(self, asking: bytes, began: float) -> Wait:
        """Ask, and return when there is no more to come."""
        wait = Wait(began, told=self._told)
        answer = await self.ask(asking)
        self.hang_up()
        if answer.first_event is not None:
            wait.waited = answer.first_event - wait.began
        if answer.complete and answer.status == 200 and DONE in self._said:
            wait.outcome = "answered"
        elif code := CODE.search(self._said):
            wait.outcome = code[1].decode()
        return wait

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._said += body
        for found in QUEUED.finditer(self._said, self._read):
            place, seconds = map(int, found.groups())
            self._told.append(Told(perf_counter(), place, seconds))
            self._read = found.end()


async def wait_once(port: int, asking: bytes) -> Wait:
    """Ask by a connection of one's own; "lost" if there is nobody."""
    began, loop = perf_counter(), asyncio.get_running_loop()
    try:
        _, waiter = await loop.create_connection(Waiter, "127.0.0.1", port)
    except OSError:
        return Wait(began)
    return await waiter.wait(asking, began)


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
