"""A request's body, taken in within limits of size and time."""

import asyncio
from tempfile import SpooledTemporaryFile
from typing import IO

from django.conf import settings
from django.core.exceptions import RequestAborted

from chat.failures import BodyTimeout, BodyTooLarge, Refused, ShuttingDown
from chat.server.types import Receive, Scope


class Body:
    """Django would store whatever comes, however much and however long it takes."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._announced = _content_length(scope)
        self._receive = receive
        self._timeout = asyncio.timeout(settings.CHAT_BODY_TIMEOUT_SECONDS)
        self._given_up = False

    async def read(self) -> IO[bytes]:
        """Return the body as a file. Raises Refused, or RequestAborted without it."""
        file = SpooledTemporaryFile(  # noqa: SIM115 (the handler closes it)
            max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        )
        try:
            _check_size(self._announced)
            async with self._timeout:
                await self._read_into(file)
        except BaseException as error:
            file.close()
            if isinstance(error, TimeoutError):
                raise self._late() from error
            raise
        file.seek(0)
        return file

    def give_up(self) -> None:
        """Stop waiting for the rest, because the server is shutting down."""
        self._given_up = True
        if self._timeout.when():
            self._timeout.reschedule(asyncio.get_running_loop().time())

    async def _read_into(self, file: IO[bytes]) -> None:
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            _check_size(size)
            file.write(part)

    def _late(self) -> Refused:
        if self._given_up:
            return ShuttingDown("The chat service is being restarted.")
        return BodyTimeout("The body did not arrive in time.")


def _check_size(size: int) -> None:
    if size > settings.CHAT_MAX_BODY_BYTES:
        raise BodyTooLarge(
            f"The body is larger than {settings.CHAT_MAX_BODY_BYTES} bytes."
        )


def _content_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
