"""A network that cuts every stream after a while."""

import asyncio
import contextlib
import random
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

STREAM = b"content-type: text/event-stream"
END = b"\r\n\r\n"  # of the head


class Cutting:
    """`cuts` counts. Each connection with a stream is cut after 1 to `most` bytes that
    follow the head: who asked knows its id by then."""

    def __init__(self, upstream: str, most: int) -> None:
        address = urlsplit(upstream)
        self._upstream = address.hostname, address.port
        self._most = most
        self.cuts = 0
        self.open: set[asyncio.WriteTransport] = set()

    async def carry(
        self, caller: asyncio.StreamReader, back: asyncio.StreamWriter
    ) -> None:
        answer, service = await asyncio.open_connection(*self._upstream)
        asking = asyncio.create_task(_copy(caller, service))
        self.open.add(service.transport)
        try:
            if await self._until_cut(answer, back):
                self.cuts += 1
                back.transport.abort()
        finally:
            self.open.discard(service.transport)
            asking.cancel()
            service.transport.abort()
            back.close()

    async def _until_cut(
        self, answer: asyncio.StreamReader, back: asyncio.StreamWriter
    ) -> bool:
        left: int | None = None
        while piece := await answer.read(65_536):
            body = piece
            head, _, rest = piece.partition(END)
            if left is None and STREAM in head.lower():
                left, body = random.randint(1, self._most), rest
            is_cut = left is not None and len(body) >= left
            back.write(
                piece[: len(piece) - len(body) + (left or 0)] if is_cut else piece
            )
            with contextlib.suppress(ConnectionError):
                await back.drain()
            if is_cut:
                return True
            left = None if left is None else left - len(body)
        return False


async def _copy(caller: asyncio.StreamReader, service: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await caller.read(65_536):
            service.write(piece)
            await service.drain()
        service.write_eof()


@contextlib.contextmanager
def cutting(upstream: str, most: int) -> Iterator[tuple[str, Cutting]]:
    """Yields the address by which `upstream` is reached, and what counts the cuts."""
    proxy, loop = Cutting(upstream, most), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    starting = asyncio.start_server(proxy.carry, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", proxy
    finally:
        asyncio.run_coroutine_threadsafe(_close(server, proxy), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncio.Server, proxy: Cutting) -> None:
    server.close()
    for transport in proxy.open:
        transport.abort()
    carried = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*carried, return_exceptions=True)
