"""The caller's connection: has it ended, and how to end it."""

import asyncio

from chat.server.types import Message, Receive, Send

# How long a body that was refused is still taken in, so that its sender can read why.
LINGER_SECONDS = 1.0


async def until_disconnect(receive: Receive) -> None:
    """Return when the caller has left; what else still comes is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass


def lingering(send: Send, listener: asyncio.Task[None]) -> Send:
    """Close the connection after the response, but not at once.

    Closed with bytes unread, it would be reset, and the sender lose the response.
    """

    async def send_and_linger(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], (b"connection", b"close")]
            await send({**message, "headers": headers})
        elif message.get("more_body"):
            await send(message)
        else:
            await send({**message, "more_body": True})
            await asyncio.wait({listener}, timeout=LINGER_SECONDS)
            await send({"type": "http.response.body"})

    return send_and_linger


async def abort(send: Send) -> None:
    """Drop the connection of a response that will not be completed.

    uvicorn would close it, which waits for ever for a caller who reads nothing. ASGI
    has no word for this; another server goes on as it sees fit.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0)  # uvicorn hears of it in the next turn of the loop
