"""A network that cuts every stream after a while."""

import asyncio
import contextlib
import math
import random
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

STREAM = b"content-type: text/event-stream"
END = b"\r\n\r\n"  # of the head
LAST_CHUNK = b"0\r\n\r\n"
# Browsers throw away what they have not read yet when a connection breaks; of an answer
# that comes in one piece that would be all of it, each time.
SECONDS_BEFORE_THE_CUT = 0.1
SECONDS_BETWEEN_TURNS = 0.01


class Cutting:
    """`cuts` counts. Each stream is cut after 1 to `most` bytes that follow its head:
    who asked knows its id by then. What else goes over its connection comes whole.

    `spared` is the share of the streams that come whole too, however long they are. Who
    begins an answer anew each time needs some: where all are cut sooner than an answer
    is over, nothing ever comes to its end.
    """

    def __init__(self, upstream: str, most: int, spared: float = 0.0) -> None:
        address = urlsplit(upstream)
        self._upstream = address.hostname, address.port
        self.most = most
        self._spared = spared
        self.cuts = 0
        self.open: set[asyncio.WriteTransport] = set()

    async def carry(
        self, caller: asyncio.StreamReader, back: asyncio.StreamWriter
    ) -> None:
        answer, service = await asyncio.open_connection(*self._upstream)
        asking = asyncio.create_task(_copy(caller, service))
        both = {service.transport, back.transport}
        self.open |= both
        try:
            if await self._until_cut(answer, back):
                self.cuts += 1
                back.transport.abort()
        finally:
            asking.cancel()
            service.transport.abort()
            back.close()
            with contextlib.suppress(ConnectionError):
                await back.wait_closed()
            self.open -= both

    async def _until_cut(
        self, answer: asyncio.StreamReader, back: asyncio.StreamWriter
    ) -> bool:
        left: float | None = None
        tail = b""
        while piece := await answer.read(65_536):
            body = piece
            head, _, rest = piece.partition(END)
            if left is None and STREAM in head.lower():
                left, body = self._length(), rest
            if is_cut := left is not None and len(body) >= left:
                piece = piece[: len(piece) - len(body) + int(left)]
            back.write(piece)
            with contextlib.suppress(ConnectionError):
                await back.drain()
            if is_cut:
                await asyncio.sleep(SECONDS_BEFORE_THE_CUT)
                return True
            tail = (tail + body)[-len(LAST_CHUNK) :]
            if left is not None:
                left = None if tail == LAST_CHUNK else left - len(body)
        return False

    def _length(self) -> float:
        """Of the next stream, in bytes."""
        is_spared = random.random() < self._spared
        return math.inf if is_spared else random.randint(1, self.most)


async def _copy(caller: asyncio.StreamReader, service: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await caller.read(65_536):
            service.write(piece)
            await service.drain()
        service.write_eof()


@contextlib.contextmanager
def cutting(
    upstream: str, most: int, spared: float = 0.0
) -> Iterator[tuple[str, Cutting]]:
    """Yields the address by which `upstream` is reached, and what counts the cuts."""
    proxy, loop = Cutting(upstream, most, spared), asyncio.new_event_loop()
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
    """End what is carried, and what came at the last moment: asyncio would leave open
    what is accepted already, and is carried only after its server was closed."""
    for listening in server.sockets:
        asyncio.get_running_loop().remove_reader(listening.fileno())
    while carried := asyncio.all_tasks() - {asyncio.current_task()}:
        for transport in proxy.open:
            transport.abort()
        await asyncio.wait(carried, timeout=SECONDS_BETWEEN_TURNS)
    server.close()
