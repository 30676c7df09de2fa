"""How many callers come in at a turn of the event loop, and who is in when it ends."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from chat.web.asgi import Receive, Scope, Send
from chat.web.doors import AT_ONCE, Doors

uvloop = pytest.importorskip("uvloop")

REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
LOOPS = [uvloop.new_event_loop, asyncio.new_event_loop]


@pytest.mark.parametrize("new_loop", LOOPS)
def test_several_come_in_at_a_turn(new_loop: Callable[[], Any]) -> None:
    async def most_in_a_turn() -> int:
        async with served() as (server, doors, port):
            await doors.widen()
            callers = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
            before = most = 0
            while before < len(callers):
                await asyncio.sleep(0)
                now = len(server.server_state.connections)
                before, most = now, max(most, now - before)
            for caller in callers:
                caller.close()
            return most

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(most_in_a_turn()) >= AT_ONCE


@pytest.mark.parametrize("new_loop", LOOPS)
def test_who_waits_is_served_and_who_comes_later_refused(
    new_loop: Callable[[], Any],
) -> None:
    async def answers() -> list[bytes]:
        async with served() as (server, doors, port):
            doubles = doors.doubles()
            for one in server.servers:
                one.close()
            await doors.until_closed()
            callers = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
            for caller in callers:
                caller.sendall(REQUEST)
            await doors.close(doubles, for_all=False)
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))
            reading = (asyncio.to_thread(read_to_end, caller) for caller in callers)
            return await asyncio.gather(*reading)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        answered = runner.run(answers())
    assert all(answer.startswith(b"HTTP/1.1 204") for answer in answered)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


@asynccontextmanager
async def served() -> AsyncIterator[tuple[uvicorn.Server, Doors, int]]:
    """A server of uvicorn's that runs on this loop, its doors and its port."""
    config = uvicorn.Config(application, port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port: int = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield server, Doors(server), port
    finally:
        await server.shutdown()


def read_to_end(caller: socket.socket) -> bytes:
    """All that comes; raises ConnectionResetError."""
    with caller:
        return b"".join(iter(lambda: caller.recv(1024), b""))
