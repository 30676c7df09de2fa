"""A request's body, taken in within limits of size and time."""

import asyncio
from tempfile import SpooledTemporaryFile
from typing import IO

from django.conf import settings
from django.core.exceptions import RequestAborted

from chat.failures import BodyTimeout, BodyTooLarge, Refused, ShuttingDown
from chat.server.types import Receive, Scope

# What is kept of a body that is refused: enough to tell whose words it is in, even if
# parameters such as `tools` come first.
BEGINNING_BYTES = 64_000
# How long that much of a body that is announced as too large is waited for.
BEGINNING_SECONDS = 1.0


class Body:
    """Django would store whatever comes, however much and however long it takes.

    `beginning` is what came first of a body that was refused, if anything did.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._announced = _content_length(scope)
        # Who sent `Expect: 100-continue` sends nothing until we ask for it.
        self._is_held_back = any(name == b"expect" for name, _ in scope["headers"])
        self._receive = receive
        self._timeout = asyncio.timeout(self._patience())
        self._given_up = False
        self.beginning = b""

    async def read(self) -> IO[bytes]:
        """Return the body as a file. Raises Refused, or RequestAborted without it."""
        file = SpooledTemporaryFile(  # noqa: SIM115 (the handler closes it)
            max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        )
        try:
            await self._take_into(file)
        except BaseException as error:
            with file:
                if isinstance(error, Refused):
                    file.seek(0)
                    self.beginning = file.read(BEGINNING_BYTES)
            raise
        file.seek(0)
        return file

    def give_up(self) -> None:
        """Stop waiting for the rest, because the server is shutting down."""
        self._given_up = True
        if self._timeout.when():
            self._timeout.reschedule(asyncio.get_running_loop().time())

    def _patience(self) -> float:
        seconds: float = settings.CHAT_BODY_TIMEOUT_SECONDS
        if _is_too_large(self._announced):
            return min(seconds, BEGINNING_SECONDS)
        return seconds

    async def _take_into(self, file: IO[bytes]) -> None:
        if self._is_held_back:
            _check_size(self._announced)
        try:
            async with self._timeout:
                await self._read_into(file)
        except TimeoutError as error:
            raise self._late() from error

    async def _read_into(self, file: IO[bytes]) -> None:
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            file.write(part)
            _check_size(size)
            # The first piece may be a few bytes, which tell nothing.
            if size >= BEGINNING_BYTES:
                _check_size(self._announced)

    def _late(self) -> Refused:
        if self._given_up:
            return ShuttingDown("The chat service is being restarted.")
        if _is_too_large(self._announced):
            return _too_large()
        return BodyTimeout("The body did not arrive in time.")


def _check_size(size: int) -> None:
    if _is_too_large(size):
        raise _too_large()


def _is_too_large(size: int) -> bool:
    return bool(size > settings.CHAT_MAX_BODY_BYTES)


def _too_large() -> Refused:
    return BodyTooLarge(
        f"The body is larger than {settings.CHAT_MAX_BODY_BYTES} bytes."
    )


def _content_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
