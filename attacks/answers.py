"""What a hostile Z.AI answers, by name; each says whether the connection lives on."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

from attacks import frames
from attacks.frames import chunk, content, delta, final

Play = Callable[[asyncio.StreamWriter, bool, str], Awaitable[bool]]
TABLE: dict[str, Play] = {}


def played(play: Play) -> Play:
    TABLE[play.__name__] = play
    return play


async def plain(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """A whole answer in a few words."""
    if streamed:
        return await _stream(writer, content("Hello "), content("there."))
    return await _whole(writer, frames.completion())


@played
async def flood(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """Events as fast as they are taken, so many of a kilobyte."""
    writer.write(frames.stream_head())
    piece = chunk(content("x" * 1000))
    for _ in range(int(value or 1000)):
        writer.write(piece)
        await writer.drain()
    writer.write(chunk(b"".join(frames.ending())) + b"0\r\n\r\n")
    await writer.drain()
    return True


@played
async def slow(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """A whole answer after so many seconds, events coming on the way."""
    if not streamed:
        await asyncio.sleep(float(value))
        return await _whole(writer, frames.completion())
    writer.write(frames.stream_head())
    for number in range(max(1, int(float(value) * 10))):
        writer.write(chunk(content(f"{number} ")))
        await writer.drain()
        await asyncio.sleep(0.1)
    writer.write(chunk(b"".join(frames.ending())) + b"0\r\n\r\n")
    return True


@played
async def refusal(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """An error with a code of Z.AI's, before any event."""
    body = frames.error(value, "The parameters are not right.")
    writer.write(frames.whole_head(len(body), "400 Bad Request") + body)
    return True


@played
async def surrogates(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """Halves of characters, NUL and control characters wherever text stands."""
    bad = "a\ud800b\udc00c\x00d\x1b[31me\u2028f\r\ng"
    call = {"name": f"tool{bad}", "arguments": f'{{"{bad}": "{bad}"}}'}
    calls = [{"index": 0, "id": f"c{bad}", "type": "function", "function": call}]
    if not streamed:
        message = {"role": "assistant", "content": bad, "reasoning_content": bad}
        return await _whole(writer, frames.completion({**message, "tool_calls": calls}))
    events = [delta(reasoning_content=bad), content(bad), delta(tool_calls=calls)]
    return await _stream(writer, *events)


@played
async def deep_tool(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """Arguments of a tool that are nested thousands deep."""
    depth = int(value or 5000)
    arguments = '{"a":' * depth + "1" + "}" * depth
    call = {"name": "deep", "arguments": arguments}
    calls = [{"index": 0, "id": "c1", "type": "function", "function": call}]
    if not streamed:
        message = {"role": "assistant", "content": "", "tool_calls": calls}
        return await _whole(writer, frames.completion(message))
    return await _stream(writer, delta(tool_calls=calls))


@played
async def junk_model(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """An answer that names a model there is none of."""
    return await _whole(writer, frames.completion(model="junk<b>" + value))


@played
async def long_words(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """An error whose code and message are a megabyte of what searches dislike."""
    body = frames.error("a-" * 500_000, "key " + "a-" * 500_000)
    writer.write(frames.whole_head(len(body), "400 Bad Request") + body)
    await writer.drain()
    return True


@played
async def quoted(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """An unreadable answer that holds the marker `value`."""
    body = f"<html><title>{value}</title> {value}".encode()
    writer.write(frames.head("200 OK", "Content-Type: text/html", "Connection: close"))
    writer.write(body)
    await writer.drain()
    return False


@played
async def quoted_error(
    writer: asyncio.StreamWriter, streamed: bool, value: str
) -> bool:
    """A refusal that quotes the marker `value`, with a line of a log forged in it."""
    forged = f"bad\n2026-11-26 12:00:00,000 INFO: {value}\r\n{value}"
    body = frames.error("1214", forged)
    writer.write(frames.whole_head(len(body), "400 Bad Request") + body)
    return True


@played
async def bad_chunk(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """After so many events a chunk whose size is no number."""
    writer.write(frames.stream_head())
    for number in range(int(value or 0)):
        writer.write(chunk(content(f"{number} ")))
        await writer.drain()
        await asyncio.sleep(0.02)
    writer.write(b"zz\r\nthis is no size\r\n")
    await writer.drain()
    with contextlib.suppress(TimeoutError):  # it does not close by itself
        await asyncio.sleep(120)
    return False


@played
async def cut(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """The connection is reset after so many events; before any head at -1."""
    if (events := int(value or 0)) >= 0:
        writer.write(frames.stream_head())
        for number in range(events):
            writer.write(chunk(content(f"{number} ")))
        await writer.drain()
        await asyncio.sleep(0.05)
    writer.transport.abort()
    return False


@played
async def lying_length(
    writer: asyncio.StreamWriter, streamed: bool, value: str
) -> bool:
    """Fewer bytes than the head announces, and then the end."""
    body = frames.completion()
    writer.write(frames.whole_head(len(body) * 2) + body)
    await writer.drain()
    return False


@played
async def bad_head(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """A head that is none: by its number one of those that were seen."""
    heads = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nhello",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"\x00\x01\x02 nothing of HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    ]
    writer.write(heads[int(value or 0) % len(heads)])
    await writer.drain()
    await asyncio.sleep(0.05)
    return False


@played
async def silent(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """Nothing at all for so many seconds."""
    await asyncio.sleep(float(value or 60))
    return False


@played
async def fuzzed(writer: asyncio.StreamWriter, streamed: bool, value: str) -> bool:
    """What the generator makes of `SEED:NUMBER`."""
    from attacks.fuzz.answers import made

    chance = random.Random(f"answer:{value}")  # noqa: S311 (it has to be repeatable)
    parts, keeps = made(chance, streamed)
    for part in parts:
        if isinstance(part, float):
            await asyncio.sleep(part)
        else:
            writer.write(part)
            await writer.drain()
    return keeps


async def _stream(writer: asyncio.StreamWriter, *events: bytes) -> bool:
    writer.write(frames.stream_head())
    for part in (*events, final(), frames.DONE):
        writer.write(chunk(part))
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


async def _whole(writer: asyncio.StreamWriter, body: bytes) -> bool:
    writer.write(frames.whole_head(len(body)) + body)
    await writer.drain()
    return True
