"""A hostile Z.AI, as a process of its own: `python -m attacks.standin PORT`.

What it plays stands in the request, as `zai:NAME` or `zai:NAME=VALUE` anywhere in its
body; the last one counts. Without any it answers as Z.AI would, in few words.
"""

import asyncio
import contextlib
import re
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable

from attacks import answers, frames

ORDER = re.compile(rb"zai:([a-z_]+)(?:=([\w.@:-]+))?")
STREAMED = re.compile(rb'"stream": ?true')
LENGTH = re.compile(rb"\r\ncontent-length: ?(\d+)", re.IGNORECASE)
# Where an order may stand in a large body: at an end.
LOOKED_AT = 64_000
BEAT_SECONDS = 0.05

_finishing: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)


async def serve(port: int) -> None:
    server = await asyncio.start_server(_connection, "127.0.0.1", port, backlog=2048)
    async with server:
        await server.serve_forever()


async def _connection(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while request := await _request(reader):
            if not await _answer(*request, writer):
                break
    writer.close()


async def _request(reader: asyncio.StreamReader) -> tuple[bytes, bytes] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    length = LENGTH.search(head)
    return head, await reader.readexactly(int(length[1]) if length else 0)


async def _answer(head: bytes, body: bytes, writer: asyncio.StreamWriter) -> bool:
    """Whether the connection can serve a further request."""
    path = head.split(b" ", 2)[1].decode()
    if path.startswith("/finish/"):
        _finishing[path.removeprefix("/finish/")].set()
        writer.write(frames.whole_head(2) + b"{}")
        return True
    ends = body if len(body) < 2 * LOOKED_AT else body[:LOOKED_AT] + body[-LOOKED_AT:]
    orders = ORDER.findall(ends)
    name, value = (part.decode() for part in orders[-1]) if orders else ("plain", "")
    streamed = bool(STREAMED.search(ends)) or name == "honest"
    if name == "honest":
        await _honest(writer, value)
        return True
    play: Callable[..., Awaitable[bool]] = answers.TABLE.get(name, answers.plain)
    return await play(writer, streamed, value)


async def _honest(writer: asyncio.StreamWriter, run: str) -> None:
    """An event at each beat until the run is to finish; each says when it was sent."""
    writer.write(frames.stream_head())
    over = _finishing[run]
    while not over.is_set():
        writer.write(frames.chunk(frames.content(f"sent:{time.monotonic():.6f};")))
        await writer.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT_SECONDS):
                await over.wait()
    for part in frames.ending():
        writer.write(frames.chunk(part))
    writer.write(b"0\r\n\r\n")
    await writer.drain()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1])))
