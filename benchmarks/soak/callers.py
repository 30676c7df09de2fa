"""The callers of a soak: each serves one request as its kind does."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from benchmarks.soak.failing import scenarios
from benchmarks.soak.line import connected, head, request

FAILING = scenarios()
BODY_LIMIT = 1_000_000  # as the soak sets it for the service
Caller = Callable[[int], Awaitable[str]]


async def normal(port: int) -> str:
    return await _ask(port, "sim:rate=50 sim:events=150")


async def flooded(port: int) -> str:
    return await _ask(port, "sim:flood sim:events=5000")


async def whole(port: int) -> str:
    return await _ask(port, "sim:events=50", stream=False)


async def failing(port: int) -> str:
    """Any failure there is, streamed or not."""
    return await _ask(port, random.choice(FAILING), stream=random.random() < 0.7)


async def slow_reader(port: int) -> str:
    async with connected(port) as line:
        await line.send(request("sim:flood sim:events=10000"))
        while True:
            await asyncio.sleep(0.02)
            if not await line.reader.read(16_384):
                return "read to the end"


async def not_reading(port: int) -> str:
    """Takes a little and then nothing, until the service gives it up."""
    async with connected(port) as line:
        await line.send(request("sim:flood sim:events=100000"))
        await line.reader.read(1024)
        await asyncio.sleep(10)
        line.reset()
        return "left"


async def leaving_early(port: int) -> str:
    scenario = random.choice(["sim:slow=20", "sim:slow-headers=20", "sim:silent"])
    return await _leave(port, request(scenario), random.uniform(0, 1))


async def leaving_midway(port: int) -> str:
    scenario = random.choice(["sim:rate=50 sim:events=500", "sim:stall=20@5"])
    return await _leave(port, request(scenario), random.uniform(0.3, 2))


async def leaving_whole(port: int) -> str:
    asking = request("sim:slow=20", stream=False)
    return await _leave(port, asking, random.uniform(0.1, 1))


async def leaving_retry(port: int) -> str:
    return await _leave(port, request("sim:error=1305"), random.uniform(0.1, 1))


async def oversized(port: int) -> str:
    async with connected(port) as line:
        await line.send(head(f"Content-Length: {50 * BODY_LIMIT}"))
        return await _send_in_vain(line.send, b"x" * 16_384) or await line.outcome()


async def oversized_unannounced(port: int) -> str:
    async with connected(port) as line:
        await line.send(head("Transfer-Encoding: chunked"))
        chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
        return await _send_in_vain(line.send, chunk) or await line.outcome()


async def trickled(port: int) -> str:
    """A body that would take for ever."""
    async with connected(port) as line:
        await line.send(head("Content-Length: 1000"))
        answer = asyncio.create_task(line.outcome())
        while not answer.done():
            await line.send(b" ")
            await asyncio.wait({answer}, timeout=0.3)
        return answer.result()


async def leaving_body(port: int) -> str:
    return await _leave(port, head("Content-Length: 1000") + b"{", 0.3)


async def nonsense(port: int) -> str:
    body = random.choice(
        [b"", b"{", b"[1]", b'{"messages": []}', b"\xff\xfe", b"9" * 5000]
    )
    async with connected(port) as line:
        await line.send(head(f"Content-Length: {len(body)}") + body)
        return await line.outcome()


async def wrong_method(port: int) -> str:
    async with connected(port) as line:
        await line.send(head("Content-Length: 0", "GET"))
        return await line.outcome()


# How often each comes, among all.
KINDS: dict[Caller, int] = {
    normal: 30,
    flooded: 10,
    whole: 20,
    failing: 40,
    slow_reader: 5,
    not_reading: 2,
    leaving_early: 8,
    leaving_midway: 12,
    leaving_whole: 6,
    leaving_retry: 4,
    oversized: 3,
    oversized_unannounced: 3,
    trickled: 4,
    leaving_body: 3,
    nonsense: 5,
    wrong_method: 2,
}


async def _ask(port: int, scenario: str, *, stream: bool = True) -> str:
    async with connected(port) as line:
        await line.send(request(scenario, stream=stream))
        return await line.outcome()


async def _leave(port: int, asking: bytes, after: float) -> str:
    async with connected(port) as line:
        await line.send(asking)
        await asyncio.sleep(after)
        if random.random() < 0.5:
            line.reset()
        return "left"


async def _send_in_vain(send: Callable[[bytes], Awaitable[None]], data: bytes) -> str:
    """Send twice what is allowed, unless the service hangs up before."""
    try:
        for _ in range(2 * BODY_LIMIT // len(data)):
            await send(data)
    except OSError:
        return "hung up on"
    return ""
