"""100,000 hostile inputs over many connections, and what the service made of them."""

import asyncio
import contextlib
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from attacks import wire
from attacks.attack import Attack
from attacks.database import OPERATOR, PASSWORD
from attacks.field import Field
from attacks.fuzz.inputs import Input, made
from attacks.fuzz.verdict import Found, counts, verdict
from attacks.service import Start
from attacks.visitor import Visitor

# Short, so that what Z.AI never says is soon over.
SETTINGS = {
    "TRUSTED_PROXIES": wire.ATTACKERS,
    "ZAI_MAX_TRIES": "2",
    "ZAI_RETRY_BUDGET_SECONDS": "1",
    "ZAI_FIRST_EVENT_TIMEOUT": "2",
    "ZAI_SILENCE_TIMEOUT": "2",
    "ZAI_ANSWER_TIMEOUT": "3",
    "CHAT_BODY_TIMEOUT_SECONDS": "3",
    "CHAT_OPEN_AFTER_SECONDS": "1",
    "CHAT_HEARTBEAT_SECONDS": "1",
    "CHAT_MAX_BODY_BYTES": "2000000",
    "CHAT_SHUTDOWN_GRACE_SECONDS": "5",
}
HANG_SECONDS = 30.0
# For the answer to what may not be a whole request.
DOUBT_SECONDS = 0.3
OURS = (b'"internal_error"', b'"status":500', b"Something went wrong on our side")


@dataclass(frozen=True)
class Fuzzing:
    """What is wanted: so many inputs of a seed, or the one of a `number`."""

    seed: int
    inputs: int
    number: int | None
    connections: int


class Run:
    """A run over one service."""

    def __init__(self, wanted: Fuzzing, on: Field, cookie: str) -> None:
        self._wanted = wanted
        self._field = on
        self._cookie = cookie
        self._next = 0
        self.done = 0
        self.statuses: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.first: dict[str, int] = {}
        self.ids: dict[str, int] = {}
        self.certain: set[str] = set()

    async def all(self) -> None:
        telling = asyncio.create_task(self._tell())
        workers = (self._work() for _ in range(self._wanted.connections))
        await asyncio.gather(*workers)
        telling.cancel()

    async def one(self, number: int) -> None:
        given = made(self._wanted.seed, number, self._cookie)
        print(f"{given.kind}: {given.data[:4000]!r}")
        async with wire.connected(self._field.port) as line:
            await line.send(given.data)
            with contextlib.suppress(OSError, wire.Hung, asyncio.IncompleteReadError):
                answer = await line.answer(given.method)
                print(answer)
                self._judge(given, answer)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(30)
            print(f"         {self.done} inputs, {counts(self.statuses)}", flush=True)

    async def _work(self) -> None:
        line: wire.Line | None = None
        async with contextlib.AsyncExitStack() as stack:
            while self._next < self._wanted.inputs:
                number = self._next
                self._next += 1
                given = made(self._wanted.seed, number, self._cookie)
                if given.kind == "head":
                    await self._try_alone(given)
                else:
                    if line is None:
                        await stack.aclose()
                        line = await self._connect(stack)
                    if line and not await self._try(given, line):
                        line = None
                self.done += 1

    async def _connect(self, stack: contextlib.AsyncExitStack) -> wire.Line | None:
        try:
            return await stack.enter_async_context(wire.connected(self._field.port))
        except (OSError, TimeoutError) as error:
            self._fault(f"no connection: {type(error).__name__}", self._next)
            await asyncio.sleep(0.5)
            return None

    async def _try(self, given: Input, line: wire.Line) -> bool:
        """Whether the connection lives on."""
        try:
            with contextlib.suppress(ConnectionError):
                await line.send(given.data)
            answer = await line.answer(given.method, HANG_SECONDS)
        except wire.Hung:
            self._fault("no answer", given.number)
            return False
        except (OSError, asyncio.IncompleteReadError) as error:
            if given.is_whole:
                what = f"{given.kind}: no answer: {type(error).__name__} {error}"
                self._fault(what, given.number)
            self.statuses["closed"] += 1
            return False
        self._judge(given, answer)
        return answer.headers.get("connection") != "close"

    async def _try_alone(self, given: Input) -> None:
        """What may or may not be a whole request: an answer, an end, or no hurry."""
        try:
            async with wire.connected(self._field.port) as line:
                with contextlib.suppress(ConnectionError):
                    await line.send(given.data)
                answer = await line.answer(given.method, DOUBT_SECONDS)
                self._judge(given, answer)
        except wire.Hung:
            self.statuses["waited for"] += 1
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            self.statuses["closed"] += 1
        except (ValueError, IndexError):  # HTTP/0.9, or after 101
            self.statuses["odd"] += 1

    def _judge(self, given: Input, answer: wire.Answer) -> None:
        self.statuses[str(answer.status)] += 1
        if answer.id:
            self.ids[answer.id] = given.number
            if given.is_chat:
                self.certain.add(answer.id)
        code, status = answer.code, answer.status
        allowed = status < 500 or (status == 503 and code == "at_capacity")
        if given.kind == "answer":
            allowed = allowed or status in (502, 504)
        if not allowed:
            self._fault(f"{given.kind}: {status} {code}", given.number)
        elif any(sign in answer.body for sign in OURS) and given.kind != "path":
            self._fault(f"{given.kind}: a fault of ours is told", given.number)
        if given.kind == "path" and b"root:x:0:0" in answer.body:
            self._fault("path: a file of the machine", given.number)

    def _fault(self, what: str, number: int) -> None:
        self.faults[what] += 1
        self.first.setdefault(what, number)


async def fuzz(wanted: Fuzzing, range_: Any) -> Found:
    """Run them all against a service of their own. Raises Fault."""
    attack = Attack(_nothing, (), Start(SETTINGS), alone=True)
    service = await asyncio.to_thread(range_.service_for, attack)
    on = Field(service, range_.zai_port)
    visitor = Visitor(on)
    await visitor.log_in(OPERATOR, PASSWORD)
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    run = Run(wanted, on, cookie)
    for number in range(5_000, 5_200):  # what is loaded once is loaded
        await run._try_alone(made(wanted.seed + 1, number, cookie))
    if wanted.number is not None:
        await run.one(wanted.number)
        print(on.output, file=sys.stderr)
        return verdict(run, on, 0, 0.0)
    before, started = service.memory, time.monotonic()
    await run.all()
    took = time.monotonic() - started
    live = await on.get("/health/live")
    if live.status != 200:
        run.faults[f"/health/live: {live.status}"] += 1
    await asyncio.sleep(10)
    return await asyncio.to_thread(verdict, run, on, before, took)


async def _nothing(field: Field) -> str:
    return ""
