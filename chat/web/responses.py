"""What goes out: an answer as it is written or in one piece, or an error."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

from django.http import HttpResponse, StreamingHttpResponse

from chat.event import Batch
from chat.exchange.exchange import Exchange
from chat.exchange.source import HEARTBEAT
from chat.failures import AccessRefused, Failure
from chat.gate.waiter import Place
from chat.protocols import Dialect, Told, Writer
from chat.web import connection
from chat.web.asgi import Message, Send
from chat.web.leaving import Patience, goes_on, is_delivered
from chat.web.quota import label_refusal

logger = logging.getLogger(__name__)

STREAM_HEADERS = {
    # Without no-transform a Next.js rewrite compresses, and holds everything back.
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}


Through = Callable[[Writer], Writer]

# Which model answers, where it is another than the one that was asked.
FALLBACK = "X-Fallback-Model"


class SelfSent(StreamingHttpResponse):
    """An answer that sends itself, past Django."""

    @property
    def begins_at_once(self) -> bool:
        """Whether there is something to send after the head already."""
        return False

    def let_go(self) -> None:
        """Let go of the request: nothing of it is needed any more."""
        closers = self._resource_closers  # type: ignore[attr-defined]
        for close in closers:
            close()
        closers.clear()

    async def send_body(self, send: Send) -> None:
        """Send all but the last, empty message of the body."""
        raise NotImplementedError


class ExchangeResponse(SelfSent):
    """Sends itself, piece by piece, and closes its exchange however that ends.

    Django would send it through two generators and cut each piece up again, for every
    event (`make bench`).
    """

    def __init__(self, exchange: Exchange, headers: dict[str, str]) -> None:
        if exchange.fallback:
            headers[FALLBACK] = exchange.fallback
        super().__init__((), headers=headers)
        self.is_async = True
        self.exchange = exchange
        exchange.told(self.status_code)

    @property
    def begins_at_once(self) -> bool:
        return self.exchange.has_begun

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """For Django's own handler and its test client, which know no `send_body`."""
        try:
            while (chunk := await self.next_chunk()) is not None:
                yield chunk
            self.exchange.delivered()
        finally:
            await self.exchange.close()

    async def send_body(self, send: Send) -> None:
        exchange = self.exchange
        patience = Patience(exchange)
        self.send_directly(connection.find_direct(send))
        if audience := exchange.caller.audience:
            audience.can_return = True  # its id is told
        try:
            over = False
            while not over:
                chunk = await self.next_chunk()
                over = chunk is None
                if audience is not None:
                    if audience.is_gone:
                        continue
                    audience.has_all = over
                # A caller who stays but accepts nothing has left. The server waits for
                # room before it takes a piece: nothing follows to wait for the last.
                patience.begin()
                try:
                    await send(part(chunk or b""))
                except asyncio.CancelledError:
                    patience.end()
                    if not await goes_on(exchange, send):
                        raise
                patience.end()
            exchange.delivered(is_delivered(exchange.caller))
        finally:
            patience.close()
            await exchange.close()

    async def next_chunk(self) -> bytes | None:
        raise NotImplementedError

    def send_directly(self, direct: connection.Direct | None) -> None:
        """What comes after the first chunk may go out by `direct`."""


def part(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


def head_of_a_stream(dialect: Dialect) -> dict[str, str]:
    kind = {"Content-Type": "text/event-stream"}
    return {**kind, **STREAM_HEADERS, **dialect.stream_headers}


class StreamedAnswer(ExchangeResponse):
    def __init__(
        self, exchange: Exchange, dialect: Dialect, through: Through | None = None
    ) -> None:
        """`through` puts another writer around that of the dialect."""
        super().__init__(exchange, head_of_a_stream(dialect))
        writer = dialect.writer(exchange.chat, exchange.request_id, exchange.seen)
        self._writer = through(writer) if through else writer
        self._opening = dialect.opening
        self._over = False
        self._direct: connection.Direct | None = None
        self._is_handed_on = False

    async def next_chunk(self) -> bytes | None:
        if self._opening:
            return await self._first_chunk()
        if self._over:
            return None
        try:
            came = await self.exchange.read()
            if isinstance(came, Batch):
                if self._direct and not self._is_handed_on:
                    self.exchange.hand_on(self._may_send, self._send_at_once)
                    self._is_handed_on = True
                return self._writer.frames(came)
            if came is HEARTBEAT:
                return self._writer.heartbeat()
            if isinstance(came, Place):
                return self._writer.queued(came.position, came.seconds)
        except Failure as failure:
            return await self._broken_off(self.exchange.fail(failure))
        except Exception:
            # Escaping, it would leave the response unclosed and the caller unaware.
            logger.exception("A fault of ours broke an answer off")
            return await self._broken_off(self.exchange.fail(Failure()))
        return await self._last(self._writer.done())

    def send_directly(self, direct: connection.Direct | None) -> None:
        self._direct = direct

    def _may_send(self) -> bool:
        """Whether what comes can go out at once, without the task that sends it."""
        assert self._direct
        if self._direct.flow.write_paused or self.exchange.failure:
            return False
        audience = self.exchange.caller.audience
        return audience is None or not audience.is_gone

    def _send_at_once(self, batch: Batch) -> None:
        assert self._direct
        self._direct.send(self._writer.frames(batch))

    async def _first_chunk(self) -> bytes | None:
        opening, self._opening = self._opening, b""
        if self.exchange.has_begun:
            return await self.next_chunk()
        return opening

    async def _broken_off(self, failure: Failure) -> bytes:
        return await self._last(self._writer.broken_off(failure))

    async def _last(self, chunk: bytes) -> bytes:
        self._over = True
        await self.exchange.about_to_end()
        return chunk


class WholeAnswer(ExchangeResponse):
    """One piece; streamed all the same, to know whether the caller took it."""

    def __init__(self, exchange: Exchange, body: bytes) -> None:
        super().__init__(
            exchange,
            {"Content-Type": "application/json", "Content-Length": str(len(body))},
        )
        self._body: bytes | None = body

    async def next_chunk(self) -> bytes | None:
        body, self._body = self._body, None
        if body is not None:
            await self.exchange.about_to_end()
        return body


def error_response(failure: Failure, dialect: Told, request_id: str) -> HttpResponse:
    response = HttpResponse(
        dialect.error(failure, request_id),
        status=failure.status,
        content_type=dialect.error_type,
        headers=dialect.error_headers(failure),
    )
    vars(response)["_has_been_logged"] = True  # by us; Django need not do so too
    if failure.come_back_in:
        response["Retry-After"] = str(failure.come_back_in)
    if isinstance(failure, AccessRefused):
        label_refusal(response, failure, dialect)
    return response
