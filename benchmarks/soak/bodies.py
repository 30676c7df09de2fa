"""Callers whose bodies are no chat requests, or never arrive."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from benchmarks.soak.line import connected, head, leave

BODY_LIMIT = 1_000_000  # as the soak sets it for the service


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
    return await leave(port, head("Content-Length: 1000") + b"{", 0.3)


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


async def _send_in_vain(send: Callable[[bytes], Awaitable[None]], data: bytes) -> str:
    """Send twice what is allowed, unless the service hangs up before."""
    try:
        for _ in range(2 * BODY_LIMIT // len(data)):
            await send(data)
    except OSError:
        return "hung up on"
    return ""
