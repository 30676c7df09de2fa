"""A connection to Z.AI on which an answer that breaks is noticed."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

import aiohttp
from aiohttp import connector
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError


class Use:
    """Whether a question goes over a connection that had one before."""

    __slots__ = ("is_again",)

    def __init__(self) -> None:
        self.is_again = False


# Of the task that asks. aiohttp's tracing would tell it too, and costs more.
use: ContextVar[Use] = ContextVar("use")


class Connection(ResponseHandler):
    """Tells whoever reads a body that the rest of it cannot be read.

    aiohttp 3.14 tells only who waits for a head: a chunk with a broken size would wake
    nobody, and the answer would seem to be silent.
    """

    was_used = False
    # Told of all that comes of the body, once it is there; then nothing else wakes who
    # reads it.
    came: Callable[[], None] | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.came is not None:
            self.came()

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        super().set_exception(exc, *cause)
        body = self._payload
        # A connection that is lost has told the body already whether it was whole.
        if isinstance(exc, HttpProcessingError) and body and not body.is_eof():
            body.set_exception(aiohttp.ClientPayloadError("not HTTP"), exc)


class Connector(aiohttp.TCPConnector):
    """Makes every connection to Z.AI a `Connection`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        loop = asyncio.get_running_loop()
        self._factory = partial(Connection, loop=loop)  # type: ignore[assignment]

    async def connect(
        self, req: aiohttp.ClientRequest, *further: Any, **options: Any
    ) -> connector.Connection:
        connected = await super().connect(req, *further, **options)
        if isinstance(made := connected.protocol, Connection):
            use.get().is_again, made.was_used = made.was_used, True
        return connected
