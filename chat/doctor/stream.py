"""The diagnostic stream: on the wire a streamed answer, played from an order."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error
from django.http import StreamingHttpResponse

from chat import request_id
from chat.doctor import notes
from chat.doctor.order import Order
from chat.exchange.caller import Caller
from chat.exchange.deadline import Deadline
from chat.failures import AtCapacity
from chat.protocols.native import DONE
from chat.protocols.sse import HEARTBEAT, OPENING
from chat.web.responses import STREAM_HEADERS

logger = logging.getLogger("chat.doctor")

MOST_OPEN = 8  # in one process; the doctor needs five

open_streams: set["DiagnosticStream"] = set()


class DiagnosticStream(StreamingHttpResponse):
    """Waits and sends as ordered, and notes when and how it ended."""

    def __init__(self, order: Order, head: dict[str, Any], caller: Caller) -> None:
        """Take a place. Raises AtCapacity when all are taken."""
        if len(open_streams) >= MOST_OPEN:
            raise AtCapacity(f"{MOST_OPEN} diagnoses are open in this process.")
        super().__init__(
            (), headers={"Content-Type": "text/event-stream", **STREAM_HEADERS}
        )
        self.is_async = True
        self._order = order
        self._head = head
        self._caller = caller
        self._delivered = False
        open_streams.add(self)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        deadline = Deadline()
        try:
            async for frame in self._frames():
                # A caller who stays but accepts nothing has left.
                deadline.at(deadline.clock() + settings.CHAT_WRITE_TIMEOUT_SECONDS)
                yield frame
                deadline.clear()
            self._delivered = True
        finally:
            deadline.close()
            await self.end()

    async def end(self) -> None:
        """Free the place and note the end. Safe to call twice."""
        if self not in open_streams:
            return
        open_streams.discard(self)
        at, how = time.time(), self._tell_how()
        logger.info("A diagnosis of %g s has ended: %s", self._order.seconds, how)
        try:
            await sync_to_async(notes.note_end)(self._order.nonce, at, how)
        except Error:
            logger.exception("The end of a diagnosis could not be noted")

    def _tell_how(self) -> str:
        """Return "delivered", or who ended it: the doctor who "left", a "shutdown"."""
        if self._delivered:
            return "delivered"
        return "shutdown" if self._caller.shutdown else "left"

    async def _frames(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        began, number = time.time(), 0
        due = loop.time()
        if self._order.steps[0].every:
            yield OPENING  # as an answer whose first event is not there yet
        for step in self._order.steps:
            for _ in range(step.count):
                due += step.every  # from the beginning on, so that no delay adds up
                await asyncio.sleep(due - loop.time())
                if step.what == "heartbeat":
                    yield HEARTBEAT
                else:
                    yield self._event(number, began)
                    number += 1
        yield DONE

    def _event(self, number: int, began: float) -> bytes:
        """An event as Z.AI's are, with when it was sent."""
        sent = time.time()
        event = {
            "id": request_id.current.get(),
            "created": int(sent),
            "object": "chat.completion.chunk",
            "model": "diagnosis",
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": "."}}],
            "diagnosis": {**self._head, "began": began, "number": number, "sent": sent},
        }
        return b"data: " + msgspec.json.encode(event) + b"\n\n"
