"""Connections that are held, and whatever a process has only so many of."""

import asyncio
import contextlib

from attacks import wire
from attacks.attack import attack
from attacks.field import Field

PLACES = {"CHAT_MAX_OPEN_EXCHANGES": "300", "CHAT_MAX_OPEN_PER_ADDRESS": "100"}
SMALLEST_BUFFER = 4_096


@attack(15, settings={**PLACES, "TRUSTED_PROXIES": wire.ATTACKERS})
async def who_read_nothing(field: Field) -> str:
    """400 callers who read nothing take neither all places nor much memory."""
    return await _read_nothing(field, 400, 150)


@attack(
    15,
    settings={
        "CHAT_MAX_OPEN_PER_ADDRESS": "2500",
        "CHAT_MAX_OPEN_EXCHANGES": "2500",
        "TRUSTED_PROXIES": wire.ATTACKERS,
    },
    long=True,
    seconds=120,
)
async def two_thousand_who_read_nothing(field: Field) -> str:
    """2,000 of them, where so many are allowed, hold 64 KB each and not 600."""
    return await _read_nothing(field, 2_000, 500)


@attack(15, settings={**PLACES, "TRUSTED_PROXIES": wire.ATTACKERS})
async def a_whole_network(field: Field) -> str:
    """Places are shared by /64: addresses of one cannot take them all."""
    statuses: list[int] = []
    async with contextlib.AsyncExitStack() as stack:
        for number in range(300):
            line = await stack.enter_async_context(wire.connected(field.port))
            head = f"X-Forwarded-For: 2001:db8:0:7::{number + 1:x}"
            await line.send(wire.post("/api/chat", wire.chat("zai:slow=30"), head))
            statuses.append((await line.head())[0])
    taken = statuses.count(200)
    field.check(taken <= 110, f"one /64 took {taken} of 300 places")
    return f"{taken} places taken, {statuses.count(503)} refused"


@attack(16, 12)
async def half_sent_heads(field: Field) -> str:
    """A thousand heads that are half sent, and hundreds of callers who say nothing."""
    halves = [b"", b"G", b"POST /api/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "]
    async with contextlib.AsyncExitStack() as stack:
        lines = []
        for number in range(1_000):
            with contextlib.suppress(OSError):
                line = await stack.enter_async_context(wire.connected(field.port))
                await line.send(halves[number % 3])
                lines.append(line)
        for _ in range(5):
            for line in lines[2::3]:
                with contextlib.suppress(OSError):
                    line.writer.write(b"x")
            await asyncio.sleep(0.3)
        answer = await field.ask()
        field.check(answer.status == 200, f"beside them: {answer.status}")
    return f"{len(lines)} connections"


@attack(16, 12, long=True, seconds=180)
async def heads_without_end(field: Field) -> str:
    """Heads that trickle, and connections that say nothing, are ended some day."""
    halves = [b"", b"POST /api/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "]
    async with contextlib.AsyncExitStack() as stack:
        lines = [
            await stack.enter_async_context(wire.connected(field.port))
            for _ in range(20)
        ]
        for number, line in enumerate(lines):
            await line.send(halves[number % 2])
        for _ in range(150):
            left = [line for line in lines if not line.is_over]
            if not left:
                break
            for line in left:
                if line in lines[1::2]:
                    with contextlib.suppress(OSError):
                        line.writer.write(b"x")
            await asyncio.sleep(1)
            for line in left:
                with contextlib.suppress(OSError, TimeoutError):
                    async with asyncio.timeout(0.001):
                        await line.reader.read(1)
    field.check(not left, f"{len(left)} of 20 are open after 150 s")
    return "20 connections"


@attack(12)
async def idle_connections(field: Field) -> str:
    """Two thousand connections that asked once and stay are nobody's trouble."""
    async with contextlib.AsyncExitStack() as stack:
        for number in range(2_000):
            line = await stack.enter_async_context(wire.connected(field.port))
            await line.send(wire.get("/health/live"))
            if number % 20 == 0:
                await line.answer("GET")
        answer = await field.ask()
        field.check(answer.status == 200, f"beside them: {answer.status}")
    return "2,000 connections"


@attack(16, files=(256, 256), newcomers=False)
async def out_of_files(field: Field) -> str:
    """With 256 open files and 500 callers: health answers, chat says 503 or serves."""
    met: dict[str, int] = {}
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(500):
            with contextlib.suppress(OSError, TimeoutError):
                await stack.enter_async_context(wire.connected(field.port))
        await asyncio.sleep(1)
        for _ in range(20):
            try:
                answer = await wire.send(
                    field.port, wire.post("/api/chat", wire.chat("a", stream=False))
                )
                said = str(answer.status)
                if answer.status == 503:
                    said += " " + ("" if "retry-after" in answer.headers else "bare")
            except (OSError, wire.Hung, asyncio.IncompleteReadError) as error:
                said = type(error).__name__
            met[said.strip()] = met.get(said.strip(), 0) + 1
        live = await field.get("/health/live")
        field.check(live.status == 200, f"/health/live: {live.status}")
    field.check(set(met) <= {"200", "503"}, f"callers met with {met}")
    await asyncio.sleep(1)
    answer = await field.ask()
    field.check(answer.status == 200, f"once they had left: {answer.status}")
    warnings = field.output.count("WARNING")
    field.check(1 <= warnings < 50, f"{warnings} warnings were given")
    return f"callers met with {met}, {warnings} warnings"


@attack(16, files=(256, 4096))
async def raised_limit(field: Field) -> str:
    """A low soft limit of open files is raised to the hard one at the start."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(600):
            line = await stack.enter_async_context(wire.connected(field.port))
            await line.send(wire.get("/health/live"))
        answer = await line.answer("GET")
        field.check(answer.status == 200, f"the 600th: {answer.status}")
    return "600 connections"


async def _read_nothing(field: Field, callers: int, most_megabytes: float) -> str:
    before = peak = field.service.memory
    # Behind a proxy, for addresses of this machine have no share of the places.
    head = "X-Forwarded-For: 198.51.100.7"
    request = wire.post("/api/chat", wire.chat("zai:flood=4000"), head)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(callers):
            with contextlib.suppress(OSError):
                line = await stack.enter_async_context(
                    wire.connected(field.port, receive_buffer=SMALLEST_BUFFER)
                )
                line.writer.transport.pause_reading()  # type: ignore[attr-defined]
                await line.send(request)
        for _ in range(30):
            peak = max(peak, await asyncio.to_thread(lambda: field.service.memory))
            await asyncio.sleep(0.1)
    grown = (peak - before) / 1e6
    field.check(grown < most_megabytes, f"they hold {grown:.0f} MB")
    return f"{callers} callers hold {grown:.0f} MB"
