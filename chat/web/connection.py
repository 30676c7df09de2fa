"""The caller's connection: has it ended, and how to end it."""

import asyncio
import contextlib
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl

from chat.web.asgi import Message, Receive, Send

# How long a body that was refused is still taken in, so that its sender can read why:
# until nothing has come for a while, and not for ever.
QUIET_SECONDS = 3.0
LINGER_SECONDS = 30.0
# How a chunk of HTTP begins that has so many bytes, the size in hexadecimal. It is
# looked up for each event, which is quicker than to format it.
MANY_BYTES = 1024
SIZES = tuple(b"%x\r\n" % size for size in range(MANY_BYTES))


async def until_disconnect(receive: Receive) -> None:
    """Return when the caller has left; what else still comes is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass


def lingering(send: Send, receive: Receive, seconds: float) -> tuple[Send, Receive]:
    """Close the connection after the response, but not at once; within `seconds`.

    Closed with bytes unread, it would be reset, and the sender lose the response.
    Nothing more is received until the response has begun: who asked whether to send
    the body (`Expect: 100-continue`) must not be told to.
    """
    begun, heard = asyncio.Event(), asyncio.Event()
    over = False

    async def receive_after_the_beginning() -> Message:
        nonlocal over
        await begun.wait()
        message = await receive()
        over = message["type"] == "http.disconnect"
        heard.set()
        return message

    async def linger() -> None:
        async with asyncio.timeout(seconds):
            while not over:
                heard.clear()
                async with asyncio.timeout(QUIET_SECONDS):
                    await heard.wait()

    async def send_and_linger(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], (b"connection", b"close")]
            await send({**message, "headers": headers})
            begun.set()
        elif message.get("more_body"):
            await send(message)
        else:
            await send({**message, "more_body": True})
            with contextlib.suppress(TimeoutError):
                await linger()
            await send({"type": "http.response.body"})

    return send_and_linger, receive_after_the_beginning


def is_closing(send: Send) -> bool:
    """Whether the connection is known to be over.

    uvicorn tells only the last of the requests that were sent ahead on a connection;
    for the others a write fails.
    """
    transport = _transport(send)
    return transport is not None and transport.is_closing()


async def abort(send: Send) -> None:
    """Drop the connection of a response that will not be completed.

    uvicorn would close it, which waits for ever for a caller who reads nothing. ASGI
    has no word for this; another server goes on as it sees fit.
    """
    if transport := _transport(send):
        transport.abort()
        await asyncio.sleep(0)  # uvicorn hears of it in the next turn of the loop


class HeldHead:
    """Stands for a transport until the head of an answer goes out with what follows it:
    to write twice costs as much as much of the rest, and wakes the caller twice.
    """

    __slots__ = ("_cycle", "_head", "_transport")

    def __init__(self, cycle: Any) -> None:
        self._cycle = cycle
        self._transport = cycle.transport
        self._head: bytes | None = None
        cycle.transport = self

    def write(self, data: bytes) -> None:
        if self._head is None:
            self._head = data
        else:
            self._let_go(self._head + data)

    def release(self) -> None:
        """Send what is held, for nothing follows it soon."""
        if self._cycle.transport is self:
            self._let_go(self._head)

    def close(self) -> None:
        self.release()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _let_go(self, data: bytes | None) -> None:
        self._cycle.transport = self._transport
        self._head = None
        if data:
            self._transport.write(data)


class Direct:
    """Writes pieces of a body to the caller's connection, past uvicorn's `send`: that
    is a coroutine for each of them, to wait for room, and here there is some.
    """

    __slots__ = ("_cycle", "flow")

    def __init__(self, cycle: Any) -> None:
        """`cycle`: uvicorn's of a request whose body goes out in chunks of HTTP."""
        self._cycle = cycle
        self.flow: FlowControl = cycle.flow  # its `write_paused`: there is no room

    def send(self, body: bytes) -> None:
        """Write `body`, whether there is room or not; nothing to who has left."""
        if body and not self._cycle.disconnected:
            size = len(body)
            head = SIZES[size] if size < MANY_BYTES else b"%x\r\n" % size
            self._cycle.transport.write(head + body + b"\r\n")


def find_direct(send: Send) -> Direct | None:
    """Return what writes past `send`, of a response that has begun; None where that is
    no server of ours, or its body has a length."""
    cycle = getattr(send, "__self__", None)
    is_known = isinstance(getattr(cycle, "flow", None), FlowControl)
    in_chunks = is_known and getattr(cycle, "chunked_encoding", False)
    return Direct(cycle) if in_chunks else None


def hold_head(send: Send) -> HeldHead | None:
    """Hold the head back that is sent next; None where no transport is to be seen."""
    if _transport(send) is None:
        return None
    return HeldHead(getattr(send, "__self__"))  # noqa: B009 (of a bound method)


def _transport(send: Send) -> asyncio.WriteTransport | None:
    return getattr(getattr(send, "__self__", None), "transport", None)
