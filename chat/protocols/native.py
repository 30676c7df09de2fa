"""The service's own dialect, `/api/chat`: Z.AI's events as they came."""

from typing import Any

import msgspec
from django.conf import settings

from chat.conversation import ChatRequest, Parameters
from chat.event import Batch, Event
from chat.failures import Failure, Refused
from chat.observation import Observation
from chat.protocols import body
from chat.protocols.messages import IncomingMessage, to_messages

HEARTBEAT = b": ping\n\n"
DONE = b'data: {"data": "[DONE]"}\n\n'


class Body(Parameters, kw_only=True):
    messages: list[IncomingMessage] | None = None
    model: str | None = None
    stream: bool | None = None
    store: bool | None = None


DECODER = msgspec.json.Decoder(Body)


class Native:
    name = "native"
    stream_headers: dict[str, str] = {}
    error_type = "application/json"

    def read(self, raw: bytes) -> ChatRequest:
        asked = body.read(raw, DECODER)
        if asked.messages is None:
            raise Refused("messages: the field is required.", param="messages")
        return ChatRequest(
            messages=to_messages(asked.messages, settings.CHAT_SYSTEM_PROMPT),
            model=asked.model or settings.CHAT_DEFAULT_MODEL,
            stream=asked.stream is not False,
            store=asked.store is not False,
            parameters={
                "temperature": settings.CHAT_DEFAULT_TEMPERATURE,
                "max_tokens": settings.CHAT_DEFAULT_MAX_TOKENS,
                **asked.given(),
            },
        )

    def writer(
        self, asked: ChatRequest, request_id: str, seen: Observation
    ) -> "NativeWriter":
        return NativeWriter(request_id)

    def whole(self, completion: bytes) -> bytes:
        return completion

    def error(self, failure: Failure, request_id: str) -> bytes:
        error = _described(failure, request_id)
        return msgspec.json.encode({"detail": failure.message, "error": error})


class NativeWriter:
    def __init__(self, request_id: str) -> None:
        self._request_id = request_id

    def frames(self, batch: Batch) -> bytes:
        if not batch:
            return HEARTBEAT
        payloads = batch.payloads
        for index, event in enumerate(batch.events):
            if not (event.choices and event.model and event.created):
                payloads[index] = _completed(payloads[index], event)
        return b"data: " + b"\n\ndata: ".join(payloads) + b"\n\n"

    def done(self) -> bytes:
        return DONE

    def broken_off(self, failure: Failure) -> bytes:
        error = _described(failure, self._request_id)
        error["type"] = "streaming_error"
        error["status"] = failure.status
        if failure.come_back_in:
            error["retry_after"] = failure.come_back_in  # too late for a header
        return b"data: " + msgspec.json.encode({"error": error}) + b"\n\n"


def _described(failure: Failure, request_id: str) -> dict[str, Any]:
    return {
        "message": failure.message,
        "type": failure.type,
        "code": failure.code,
        "param": failure.param,
        "request_id": request_id,
    }


def _completed(payload: bytes, event: Event) -> bytes:
    """Give an event of Z.AI's that lacks them the fields every caller may rely on."""
    fields = msgspec.json.decode(payload)
    fields.setdefault("model", event.model)
    fields.setdefault("created", event.created)
    if not fields.get("choices"):
        fields["choices"] = [{"index": 0, "delta": {}}]
    return msgspec.json.encode(fields)
