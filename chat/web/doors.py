"""The listening sockets of uvicorn's server: how callers come in, and how it ends."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import uvicorn

# Connections that are let in at each turn of the event loop.
AT_ONCE = 8
# How long the server may take to close the sockets on its side.
CLOSING_SECONDS = 2.0


class Doors:
    """The listening sockets of `server`, which may be shared with other processes."""

    def __init__(self, server: uvicorn.Server) -> None:
        self._server = server

    async def widen(self) -> None:
        """Let several callers in at each turn of the event loop, once it serves.

        uvloop takes one, asyncio's own loop all. A turn may last for a tenth of a
        second where many streams flow: behind a crowd, newcomers would wait for
        minutes. Each double of a socket lets in one more.
        """
        loop = asyncio.get_running_loop()
        if not type(loop).__module__.startswith("uvloop"):
            return
        while not self._server.started:  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0.02)
        config, servers = self._server.config, self._server.servers
        for double in [one for _ in range(AT_ONCE - 1) for one in self.doubles()]:
            open_door: Any = loop.create_server
            if double.family == getattr(socket, "AF_UNIX", None):
                open_door = loop.create_unix_server
            servers.append(
                await open_door(
                    self._make, sock=double, ssl=config.ssl, backlog=config.backlog
                )
            )

    def doubles(self) -> list[socket.socket]:
        """Return a double of each socket: it stays open when the server closes its."""
        servers = self._server.servers if self._server.started else []
        found = [one for each in servers for one in each.sockets]
        by_address = {one.getsockname(): one for one in found}
        return [
            socket.socket(fileno=os.dup(one.fileno())) for one in by_address.values()
        ]

    async def until_closed(self) -> None:
        """Return when the server lets nobody in any more, or takes too long to."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                while self._is_open:  # noqa: ASYNC110 (nothing tells)
                    await asyncio.sleep(0.005)

    async def close(self, doubles: list[socket.socket], *, for_all: bool) -> None:
        """Close the sockets, and serve those who have come in time.

        The kernel has let them in, and would reset them. `for_all`: no other process
        accepts anybody, and who comes now is refused. Returns when all are served.
        """
        waiting = [one for double in doubles for one in self._accept_all(double)]
        for double in doubles:
            if for_all:
                with suppress(OSError):  # not every system lets one do so
                    double.shutdown(socket.SHUT_RDWR)
            double.close()
        loop, ssl = asyncio.get_running_loop(), self._server.config.ssl
        coming = (
            loop.connect_accepted_socket(self._make, one, ssl=ssl) for one in waiting
        )
        came = await asyncio.gather(*coming, return_exceptions=True)
        served = {one[1] for one in came if not isinstance(one, BaseException)}
        for connection in served:
            connection.shutdown()
        connections = self._server.server_state.connections
        while served & connections:  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0.02)

    @property
    def _is_open(self) -> bool:
        server = self._server
        return server.started and any(one.is_serving() for one in server.servers)

    def _accept_all(self, double: socket.socket) -> Iterator[socket.socket]:
        double.setblocking(False)
        for _ in range(2 * self._server.config.backlog):
            try:
                connection, _ = double.accept()
            except OSError:  # nobody waits, or there is no descriptor left
                return
            connection.setblocking(False)
            yield connection

    def _make(self) -> Any:
        """Return the protocol of a connection, as the server makes it."""
        server = self._server
        kind: Any = server.config.http_protocol_class
        return kind(
            config=server.config,
            server_state=server.server_state,
            app_state=server.lifespan.state,
        )


def serving() -> uvicorn.Server | None:
    """Return the server that runs this process, if it listens to its signals."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return server if isinstance(server, uvicorn.Server) else None
