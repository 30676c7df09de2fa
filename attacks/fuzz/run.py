"""100,000 hostile inputs over many connections, and what the service made of them."""

import asyncio
import contextlib
import re
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from attacks import wire
from attacks.attack import Attack
from attacks.database import OPERATOR, PASSWORD
from attacks.field import MEGABYTE, Field
from attacks.fuzz.inputs import Input, made
from attacks.service import Start, faults_of_output
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
LOGGED = re.compile(r"(req_[0-9a-f]+) chat\.exchange: ")
LEFT_OUT = re.compile(r"(\d+) [^\n]*no row")
IN_A_LOG_LINE = re.compile(r"(req_[0-9a-f]+)")
OURS = (b'"internal_error"', b'"status":500', b"Something went wrong on our side")
MOST_SHOWN = 12
MOST_MEGABYTES = 100.0


@dataclass(frozen=True)
class Fuzzing:
    """What is wanted: so many inputs of a seed, or the one of a `number`."""

    seed: int
    inputs: int
    number: int | None
    connections: int


@dataclass
class Found:
    """What came of them."""

    faults: list[str] = field(default_factory=list)
    measured: str = ""


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
            print(f"         {self.done} inputs, {_counts(self.statuses)}", flush=True)

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
        except (OSError, asyncio.IncompleteReadError):
            if given.is_whole:
                self._fault(f"{given.kind}: closed without an answer", given.number)
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
        return _found(run, on, 0, 0.0)
    before, started = service.memory, time.monotonic()
    await run.all()
    took = time.monotonic() - started
    live = await on.get("/health/live")
    if live.status != 200:
        run.faults[f"/health/live: {live.status}"] += 1
    await asyncio.sleep(10)
    return await asyncio.to_thread(_found, run, on, before, took)


async def _nothing(field: Field) -> str:
    return ""


def _found(run: Run, on: Field, before: int, took: float) -> Found:
    found, service = Found(), on.service
    grown = (service.memory - before) / MEGABYTE
    if before and grown > MOST_MEGABYTES:
        found.faults.append(f"{grown:.0f} MB more than before are kept")
    service.signal(signal.SIGTERM)
    with contextlib.suppress(Exception):
        service.wait(60)
    for what, count in run.faults.most_common(MOST_SHOWN):
        found.faults.append(f"{count} × {what}, first with input {run.first.get(what)}")
    output = service.output()
    found.faults += _of_output(run, output)
    rows = {
        identity for (identity,) in on.database.rows("SELECT id FROM chat_requestlog")
    }
    seen = run.certain | set(LOGGED.findall(output))
    lost = seen - rows
    left_out = sum(int(number) for number in LEFT_OUT.findall(output))
    if len(lost) > left_out:
        numbers = sorted(run.ids.get(identity, -1) for identity in lost)
        found.faults.append(
            f"{len(lost)} of {len(seen)} requests have no row, {left_out} are counted"
            f" as left out; inputs {numbers[:5]}"
        )
    [(open_,)] = on.database.rows(
        "SELECT count(*) FROM chat_requestlog WHERE ending IS NULL"
    )
    if open_:
        found.faults.append(f"{open_} rows stay open")
    rate = run.done / took if took else 0
    found.measured = (
        f"seed {run._wanted.seed}: {run.done} inputs, {rate:.0f}/s, memory"
        f" {grown:+.0f} MB, {len(rows)} rows and {left_out} left out;"
        f" {_counts(run.statuses)}"
    )
    return found


def _of_output(run: Run, output: str) -> list[str]:
    """Faults of the log, those with a traceback by what was raised."""
    found = [f for f in faults_of_output(output) if "tracebacks" not in f]
    raised: Counter[str] = Counter()
    first: dict[str, int] = {}
    identity, inside = "", False
    for line in output.split("\n"):
        if line.startswith("Traceback"):
            inside = True
        elif inside and line[:1].strip() and not line.startswith("During"):
            raised[line[:160]] += 1
            first.setdefault(line[:160], run.ids.get(identity, -1))
            inside = False
        elif named := IN_A_LOG_LINE.search(line[:100]):
            identity = named[1]
    for what, count in raised.most_common(MOST_SHOWN):
        found.append(f"{count} × traceback {what}, first with input {first[what]}")
    return found


def _counts(statuses: Counter[str]) -> str:
    return ", ".join(f"{count} × {what}" for what, count in statuses.most_common(12))
