"""A request's body, taken in within limits of size and time."""

import asyncio
from io import BytesIO

from django.conf import settings
from django.core.exceptions import RequestAborted

from chat.failures import (
    AccessRefused,
    BodyTimeout,
    BodyTooLarge,
    Refused,
    ShuttingDown,
)
from chat.web.asgi import Receive, Scope
from chat.web.budget import SMALL_BYTES, Share

# What is kept of a body that is refused: enough to tell whose words it is in, even if
# parameters such as `tools` come first.
BEGINNING_BYTES = SMALL_BYTES
# How long that much of a body that the head has refused is waited for.
BEGINNING_SECONDS = 1.0


class Body:
    """Django would store whatever comes, however much and however long it takes.

    `beginning` is what came first of a body that was refused, if anything did.
    """

    def __init__(
        self, scope: Scope, receive: Receive, share: Share, refusal: Refused | None
    ) -> None:
        """`refusal`: why the head alone lets nobody want more than the beginning."""
        self._announced = _content_length(scope)
        if _is_too_large(self._announced):
            refusal = refusal or _too_large()
        # Who sent `Expect: 100-continue` sends nothing until we ask for it.
        self._is_held_back = any(name == b"expect" for name, _ in scope["headers"])
        self._receive = receive
        self._share = share
        self._refusal = refusal
        self._timeout = asyncio.timeout(self._patience())
        self._given_up = False
        self.beginning = b""

    async def read_into(self, file: BytesIO) -> None:
        """Fill `file`. Raises Refused, or RequestAborted without it."""
        try:
            await self._take_into(file)
        except BaseException as error:
            if isinstance(error, Refused):
                self.beginning = bytes(file.getbuffer()[:BEGINNING_BYTES])
            file.seek(0)
            file.truncate()
            self._share.give_back()
            raise
        file.getvalue()  # lets go of the room that was kept for more
        file.seek(0)

    def give_up(self) -> None:
        """Stop waiting for the rest, because the server is shutting down."""
        self._given_up = True
        if self._timeout.when():
            self._timeout.reschedule(asyncio.get_running_loop().time())

    def _patience(self) -> float:
        seconds: float = settings.CHAT_BODY_TIMEOUT_SECONDS
        return min(seconds, BEGINNING_SECONDS) if self._refusal else seconds

    async def _take_into(self, file: BytesIO) -> None:
        if isinstance(self._refusal, AccessRefused):
            raise self._refusal  # of a stranger's body nothing is read
        if self._is_held_back:
            if self._refusal:
                raise self._refusal
            self._share.check(self._announced)
        try:
            async with self._timeout:
                await self._read_into(file)
        except TimeoutError as error:
            raise self._late() from error

    async def _read_into(self, file: BytesIO) -> None:
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            file.write(part)
            if _is_too_large(size):
                raise _too_large()
            # The first piece may be a few bytes, which tell nothing.
            if self._refusal and size >= BEGINNING_BYTES:
                raise self._refusal
            self._share.hold(size)

    def _late(self) -> Refused:
        if self._given_up:
            return ShuttingDown("The chat service is being restarted.")
        return self._refusal or BodyTimeout("The body did not arrive in time.")


def is_expected(scope: Scope) -> bool:
    """Whether the head announces a body."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


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
