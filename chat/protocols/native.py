"""The service's own dialect, `/api/chat`: Z.AI's events as they came."""

from typing import Annotated

import msgspec
from django.conf import settings
from msgspec import Meta

from chat.conversation import ChatRequest
from chat.event import Batch
from chat.failures import Failure
from chat.observation import Observation
from chat.protocols import Dialect, body, sse
from chat.protocols.described import described, described_late
from chat.protocols.messages import MOST, IncomingMessage, to_messages
from chat.protocols.sse import HEARTBEAT as HEARTBEAT

DONE = b'data: {"data": "[DONE]"}\n\n'


class Body(body.Body, kw_only=True):
    messages: Annotated[list[IncomingMessage], Meta(max_length=MOST)] | None = None


DECODER = msgspec.json.Decoder(Body)


class Native(Dialect):
    name = "native"

    def read(self, raw: bytes) -> ChatRequest:
        asked = body.read(raw, DECODER)
        messages = to_messages(asked.messages, settings.CHAT_SYSTEM_PROMPT)
        return asked.request(messages, asked.given(), stream=asked.stream is not False)

    def writer(
        self, asked: ChatRequest, request_id: str, seen: Observation
    ) -> "NativeWriter":
        return NativeWriter(request_id)

    def error(self, failure: Failure, request_id: str) -> bytes:
        error = {**described(failure), "request_id": request_id}
        return msgspec.json.encode({"detail": failure.message, "error": error})


class NativeWriter:
    def __init__(self, request_id: str) -> None:
        self._request_id = request_id

    def frames(self, batch: Batch) -> bytes:
        return sse.framed(batch.payloads)

    def heartbeat(self) -> bytes:
        return HEARTBEAT

    def done(self) -> bytes:
        return DONE

    def broken_off(self, failure: Failure) -> bytes:
        error = described_late(failure, self._request_id)
        return sse.frame({"error": {**error, "type": "streaming_error"}})
