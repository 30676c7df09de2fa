"""A connection to Z.AI on which an answer that breaks is noticed."""

import asyncio
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError


class Connection(ResponseHandler):
    """Tells whoever reads a body that the rest of it cannot be read.

    aiohttp 3.14 tells only who waits for a head: a chunk with a broken size would wake
    nobody, and the answer would seem to be silent.
    """

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
