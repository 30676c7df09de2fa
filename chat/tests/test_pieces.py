"""The reader of a stream, against a server that sends byte by byte what it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import aiohttp
import pytest

from chat.upstream.connection import Use, use
from chat.upstream.pieces import Pieces, lighten
from chat.upstream.transport import READ_BYTES, open_session

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
MUCH = 4 * 1024 * 1024
# What aiohttp takes ahead, what one read of the socket may bring beyond that.
MOST_AHEAD = 2 * READ_BYTES + 256 * 1024

Say = Callable[[asyncio.StreamWriter], Awaitable[None]]


def chunked(body: bytes, size: int) -> bytes:
    edges = [*range(0, len(body), size), len(body)]
    return b"".join(b"%x\r\n%b\r\n" % (b - a, body[a:b]) for a, b in pairwise(edges))


@asynccontextmanager
async def answered(say: Say) -> AsyncIterator[aiohttp.ClientResponse]:
    """Yield the response of a server that hears a question and then does `say`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await say(writer)
            await reader.read()
        except ConnectionError:
            pass  # the one who asked has left
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, open_session(url) as session:
        use.set(Use())
        response = await session.get(url)
        try:
            lighten(response.content)
            yield response
        finally:
            response.close()


async def rest_of(response: aiohttp.ClientResponse, most: int = 16_384) -> bytes:
    found = b""
    while data := await response.content.read(most):
        assert len(data) <= most
        found += data
    return found


@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_all_comes_however_it_is_cut(size: int) -> None:
    body = bytes(range(256)) * 400

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunked(body, size) + END)

    async with answered(say) as response:
        assert isinstance(response.content, Pieces)
        assert await rest_of(response, 1000) == body
        assert response.content.is_eof()
        assert response.connection is None  # it serves the next


async def test_what_nobody_reads_is_not_taken() -> None:
    written = 0

    async def say(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(HEAD)
        for _ in range(MUCH // 1024):
            writer.write(chunked(bytes(1024), 1024))
            await writer.drain()
            written += 1024
        writer.write(END)

    async with answered(say) as response:
        await asyncio.sleep(0.5)
        assert written < MUCH
        assert response.content._size < MOST_AHEAD
        assert len(await rest_of(response)) == MUCH


async def test_nor_are_countless_pieces() -> None:
    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        for _ in range(100):
            writer.write(chunked(bytes(2000), 1))
            await writer.drain()
        writer.write(END)

    async with answered(say) as response:
        await asyncio.sleep(0.5)
        content = response.content
        assert len(content._buffer) < 2 * content._high_water_chunks
        assert len(await rest_of(response)) == 200_000


async def test_who_gives_up_a_read_loses_nothing() -> None:
    go_on = asyncio.Event()

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        await go_on.wait()
        writer.write(chunked(b"words", 5) + END)

    async with answered(say) as response:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await response.content.read(100)
        go_on.set()
        assert await rest_of(response) == b"words"


async def test_a_broken_end_is_told_to_who_waits() -> None:
    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunked(b"words", 5))
        await asyncio.sleep(0.05)
        writer.transport.abort()

    async with answered(say) as response:
        assert await response.content.read(100) == b"words"
        with pytest.raises((aiohttp.ClientPayloadError, OSError)):
            await response.content.read(100)


async def test_without_a_body_there_is_nothing_to_read() -> None:
    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with answered(say) as response:
        assert await rest_of(response) == b""
