"""An answer of another process, as far as Redis tells of it."""

import asyncio
import hashlib
from contextlib import suppress
from typing import Any

from msgspec import Struct

from chat.answers.frames import Frames
from chat.answers.owner import Owner
from chat.failures import Failure
from chat.observation import Observation
from chat.protocols import Dialect
from chat.protocols.dialects import TABLE

PREFIX = "{zc}:answer"
DIALECTS: dict[str, Dialect] = {row.dialect.name: row.dialect for row in TABLE}


class Head(Struct, frozen=True):
    """What is told of an answer beside its frames. `state` is `open`, `over`,
    `gone` (it broke off) or `lost` (it is too long); `process` is where it is made."""

    known: str
    dialect: str
    process: str
    state: str


def read_head(fields: dict[bytes, bytes]) -> Head | None:
    """Return what a hash of Redis tells; None if there is none, or nothing to have."""
    told = {name.decode(): value.decode() for name, value in fields.items()}
    if told.get("state") not in ("open", "over") or told.get("dialect") not in DIALECTS:
        return None
    return Head(
        known=told.get("known", ""),
        dialect=told["dialect"],
        process=told.get("process", ""),
        state=told["state"],
    )


class Elsewhere:
    """Its frames come as they are read from Redis; `orders` go to who makes it."""

    def __init__(
        self, request_id: str, head: Head, frames: Frames, orders: Any
    ) -> None:
        self.request_id = request_id
        self.process = head.process
        self.dialect = DIALECTS[head.dialect]
        self.frames = frames
        self.is_open = head.state == "open"
        self.readers = 0
        self.idle_since: float | None = now()  # nobody reads it
        self.missed_since: float | None = None  # its process gives no sign of life
        self._orders = orders
        self._caught_up = asyncio.Event()

    def join(self) -> bool:
        self.readers += 1
        self.idle_since = None
        if self.readers == 1 and self.is_open:
            self._orders("join", self)
        return True

    def part(self) -> None:
        self.readers -= 1
        if not self.readers:
            self.idle_since = now()
            if self.is_open:
                self._orders("part", self)

    def caught_up(self) -> None:
        """All that Redis has of it is here."""
        self._caught_up.set()

    async def until_caught_up(self, seconds: float) -> None:
        """Return when all is here that Redis has, or after so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._caught_up.wait()

    def break_off(self, failure: Failure) -> None:
        """Tell who follows it that there will be no more."""
        self.frames.end(self.tell(failure))

    def tell(self, failure: Failure) -> bytes:
        asked = self.dialect.unknown()
        writer = self.dialect.writer(asked, self.request_id, Observation())
        return writer.broken_off(failure)


def key_of_head(request_id: str) -> str:
    return f"{PREFIX}:{request_id}"


def key_of_frames(request_id: str) -> str:
    return f"{PREFIX}:{request_id}:frames"


def key_of_chat(owner: Owner, chat_id: str) -> str | None:
    """Return where the id of the chat's latest request is; None without an owner."""
    if not owner.key or not chat_id:
        return None
    digest = hashlib.sha256(f"{owner.key}\0{chat_id}".encode()).hexdigest()
    return f"{PREFIX}-of:{digest}"


def key_of_life(process: str) -> str:
    return f"{PREFIX}-process:{process}"


def key_of_orders(process: str) -> str:
    return f"{PREFIX}-orders:{process}"


def now() -> float:
    return asyncio.get_running_loop().time()
