"""A connection between two parts of a cluster: TCP that may be cut, or fall silent."""

import asyncio
import socket
import struct
import threading
from contextlib import suppress
from enum import StrEnum

CHUNK = 65_536
SECONDS_TO_END = 5.0


class State(StrEnum):
    """`CUT`: connections are reset, new ones refused. `SILENT`: nothing arrives any
    more, as where packets are lost; what was open is lost once it is `ON` again."""

    ON = "on"
    CUT = "cut"
    SILENT = "silent"


class Wire:
    """From a port of its own, `port` at `address`, to that of another."""

    def __init__(
        self,
        target: int,
        target_host: str = "127.0.0.1",
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.state = State.ON
        self.port = port
        self.address = address
        self._target = (target_host, target)
        self._streams: set[asyncio.StreamWriter] = set()
        self._taken: set[asyncio.Task[None] | None] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def set(self, state: State) -> None:
        """Return once it is so."""
        asyncio.run_coroutine_threadsafe(self._set(state), self._loop).result(10)

    def close(self) -> None:
        self.set(State.CUT)
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._server = await self._begin()
        self._ready.set()
        await self._over.wait()
        self._server.close()
        # They end by themselves once they are reset; asyncio would cry if cancelled.
        if taken := [one for one in self._taken if one]:
            await asyncio.wait(taken, timeout=SECONDS_TO_END)

    async def _begin(self) -> asyncio.Server:
        server = await asyncio.start_server(
            self._take, self.address, self.port, backlog=1024
        )
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _set(self, state: State) -> None:
        before, self.state = self.state, state
        if state is before:
            return
        if state is State.CUT:
            self._server.close()
        elif before is State.CUT:
            self._server = await self._begin()
        if state is State.CUT or before is State.SILENT:
            for stream in list(self._streams):
                _reset(stream)

    async def _take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        ends = [writer]
        self._streams.add(writer)
        self._taken.add(asyncio.current_task())
        try:
            await self._held_back(writer)
            there, back = await asyncio.open_connection(*self._target)
            ends.append(back)
            self._streams.add(back)
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._pass_on(reader, back))
                ways.create_task(self._pass_on(there, writer))
        except OSError:  # nobody is there
            pass
        finally:
            self._taken.discard(asyncio.current_task())
            for stream in ends:
                self._streams.discard(stream)
                stream.transport.abort()

    async def _held_back(self, target: asyncio.StreamWriter) -> None:
        """Return once something may reach `target`, or it is gone."""
        while self._is_silent_for(target):  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0.05)

    def _is_silent_for(self, target: asyncio.StreamWriter) -> bool:
        return self.state is State.SILENT and not target.is_closing()

    async def _pass_on(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await self._held_back(target)
                target.write(data)
                await target.drain()
            await self._held_back(target)
            target.write_eof()


def _reset(stream: asyncio.StreamWriter) -> None:
    if not stream.is_closing():
        end = stream.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.transport.abort()
