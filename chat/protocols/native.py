"""The service's own dialect, `/api/chat`: Z.AI's events as `upstream` reads them."""

import time
from collections.abc import Iterator
from typing import Annotated

import msgspec
from django.conf import settings
from msgspec import Meta

from chat.conversation import ChatRequest
from chat.event import Batch
from chat.failures import Failure
from chat.observation import Observation
from chat.protocols import Dialect, Writer, sse
from chat.protocols.answers import Queue, QueueEvent, WholeFrame
from chat.protocols.body import ChatBody, read_body
from chat.protocols.error_shapes import (
    Error,
    ErrorDetail,
    ErrorFrame,
    LateError,
    describe,
    describe_late,
)
from chat.protocols.messages import (
    MOST,
    IncomingMessage,
    find_problems_of_messages,
    make_messages,
)
from chat.protocols.refusal import Problem
from chat.protocols.sse import HEARTBEAT as HEARTBEAT

# With the space that it always had, for clients that compare the text.
DONE = sse.frame_all(
    [msgspec.json.format(msgspec.json.encode(WholeFrame("[DONE]")), indent=0)]
)


class NativeBody(ChatBody, kw_only=True):
    messages: Annotated[list[IncomingMessage], Meta(max_length=MOST)] | None = None
    notices: bool | None = None

    def find_problems(self) -> Iterator[Problem]:
        yield from find_problems_of_messages(self.messages)
        yield from super().find_problems()


DECODER = msgspec.json.Decoder(NativeBody)


class Native(Dialect):
    name = "native"

    def read(self, raw: bytes) -> ChatRequest:
        body = read_body(raw, DECODER)
        messages = make_messages(body.messages or (), settings.CHAT_SYSTEM_PROMPT)
        asked = body.make_request(
            messages, body.given(), stream=body.stream is not False
        )
        asked.notices = body.notices is True
        return asked

    def writer(
        self, chat_request: ChatRequest, request_id: str, observation: Observation
    ) -> "NativeWriter":
        return NativeWriter(request_id, chat_request)

    def error(self, failure: Failure, request_id: str) -> bytes:
        error = describe(failure, ErrorDetail, request_id=request_id)
        return msgspec.json.encode(Error(failure.message, error))


class NativeWriter(Writer):
    __slots__ = ("_model", "_notices", "_request_id")

    def __init__(self, request_id: str, chat_request: ChatRequest) -> None:
        self._request_id = request_id
        self._model = chat_request.model
        self._notices = chat_request.notices

    def frames(self, batch: Batch) -> bytes:
        # `sse.frame_all`, without the call: this is once for every event.
        return b"data: " + b"\n\ndata: ".join(batch.payloads) + b"\n\n"

    def heartbeat(self) -> bytes:
        return HEARTBEAT

    def queued(self, position: int, seconds: int | None) -> bytes:
        if not self._notices:
            return super().queued(position, seconds)
        notice = QueueEvent(
            queue=Queue(position, seconds), model=self._model, created=int(time.time())
        )
        return sse.frame(notice)

    def done(self) -> bytes:
        return DONE

    def broken_off(self, failure: Failure) -> bytes:
        error = describe_late(
            failure, LateError, self._request_id, type="streaming_error"
        )
        return sse.frame(ErrorFrame(error))
