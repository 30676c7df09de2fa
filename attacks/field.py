"""Where an attack is played: the service, a hostile Z.AI, honest callers beside it."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from attacks import wire
from attacks.attack import Attack, Fault
from attacks.database import Database
from attacks.service import Service, faults_of_output
from attacks.wire import Answer

ROW_SECONDS = 5.0
SETTLE_SECONDS = 15.0
MEGABYTE = 1_000_000


class Field:
    """What an attack has in its hands.

    `patience` stretches the times that are allowed, for a machine that does much else.
    """

    patience = 1.0

    def __init__(self, service: Service, zai_port: int) -> None:
        self.service = service
        self.zai_port = zai_port
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.printed = service.printed
        self.honest: list[dict[str, Any]] = []
        self.started = time.monotonic()

    @property
    def port(self) -> int:
        return self.service.port

    @property
    def database(self) -> Database:
        return self.service.database

    @property
    def output(self) -> str:
        """What the service has printed since the attack began."""
        return self.service.output(self.printed)

    def check(self, holds: object, sentence: str) -> bool:
        """Note `sentence` as a fault unless it holds."""
        if not holds:
            self.faults.append(sentence)
        return bool(holds)

    def check_time(self, seconds: float, most: float, what: str) -> bool:
        """Note as a fault that `what` took longer than allowed."""
        is_soon = seconds < most * self.patience
        return self.check(is_soon, f"{what} took {seconds:.1f} s")

    async def send(self, data: bytes, **options: Any) -> Answer:
        """Send raw bytes on a connection of their own. Raises Fault if it hangs."""
        try:
            return await wire.send(self.port, data, **options)
        except wire.Hung as error:
            raise Fault(f"{error}: {wire.shown(data)}") from error

    async def post(self, body: bytes, path: str = "/api/chat", *lines: str) -> Answer:
        return await self.send(wire.post(path, body, *lines))

    async def get(self, target: str, *lines: str) -> Answer:
        return await self.send(wire.get(target, *lines), method="GET")

    async def ask(self, text: str = "Hello", **fields: Any) -> Answer:
        """An answer in one piece, unless the fields say otherwise."""
        return await self.post(wire.chat(text, **{"stream": False, **fields}))

    async def eventually(
        self, condition: Callable[[], Any], seconds: float, sentence: str
    ) -> bool:
        """Wait for a condition, asked beside the loop; note `sentence` in vain."""
        end = time.monotonic() + seconds * self.patience
        while not await asyncio.to_thread(condition):
            if time.monotonic() > end:
                return self.check(False, sentence)
            await asyncio.sleep(0.1)
        return True

    def row(self, identity: str | None, *columns: str) -> tuple[Any, ...] | None:
        """Columns of the row of a request, by its id."""
        wanted = ", ".join(columns)
        query = f"SELECT {wanted} FROM chat_requestlog WHERE id = ?"  # noqa: S608
        found = self.database.rows(query, identity)
        return found[0] if found else None

    async def closed_row(
        self, identity: str | None, *columns: str, seconds: float = ROW_SECONDS
    ) -> tuple[Any, ...]:
        """The same once the request has ended. Raises Fault if that is never seen."""
        end = time.monotonic() + seconds * self.patience
        while True:
            found = await asyncio.to_thread(self.row, identity, "ending", *columns)
            if found and found[0]:
                return found[1:]
            if time.monotonic() > end:
                what = "no row" if found is None else "an open row"
                raise Fault(f"{what} of {identity} after {seconds:g} s")
            await asyncio.sleep(0.1)


async def settle(field: Field, attack: Attack, before: int) -> None:
    """Memory returns to what it was, or nearly; the output is as it should be."""
    limit = before + int(attack.memory * MEGABYTE)
    end = time.monotonic() + SETTLE_SECONDS
    highest = left = field.service.memory
    while left > limit and time.monotonic() < end:
        await asyncio.sleep(0.25)
        left = field.service.memory
        highest = max(highest, left)
    kept = (left - before) / MEGABYTE
    field.notes.append(f"memory {kept:+.0f} MB")
    if left > limit:
        field.faults.append(f"{kept:.0f} MB more than before are kept")
    field.faults += faults_of_output(field.output)
