"""OpenAI's dialect, `/v1/chat/completions`: Z.AI's events, with what its clients miss.

Facts about the clients: openai 2.54 (its `stream()` helper joins every `role` it gets
to one word), langchain-openai 1.7 (adds up every `usage`).
"""

from typing import Annotated, Any, Literal

import msgspec
from django.conf import settings
from msgspec import Meta

from chat.conversation import ChatRequest, Parameters
from chat.event import Batch, Event
from chat.failures import Failure, Refused
from chat.observation import Observation
from chat.protocols import body
from chat.protocols.messages import IncomingMessage, to_messages

HEARTBEAT = b": ping\n\n"
DONE = b"data: [DONE]\n\n"
# Z.AI tells the role in every event. A quote within a text is escaped: these bytes
# are nothing else.
DELTA_WITH_ROLE = b'"delta":{"role":"assistant",'
DELTA = b'"delta":{'
FINISH_REASONS: dict[str | None, str | None] = {
    "sensitive": "content_filter",
    "model_context_window_exceeded": "length",
    "network_error": None,  # an error follows
}
HIGHEST_TEMPERATURE = 1.0  # of Z.AI; OpenAI's goes to 2
USER_ID_LENGTHS = range(6, 129)


Role = Literal["developer", "system", "user", "assistant", "tool", ""]


class OpenAIMessage(IncomingMessage):
    role: Role | None = None  # type: ignore[assignment]


class Body(Parameters, kw_only=True):
    messages: list[OpenAIMessage] | None = None
    model: str | None = None
    stream: bool | None = None
    store: bool | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1, le=131072)] | None = None
    n: int | None = None
    user: str | None = None


DECODER = msgspec.json.Decoder(Body)


class OpenAI:
    name = "openai"
    stream_headers: dict[str, str] = {}
    error_type = "application/json"

    def read(self, raw: bytes) -> ChatRequest:
        asked = body.read(raw, DECODER)
        if asked.messages is None:
            raise Refused("messages: the field is required.", param="messages")
        _refuse_what_cannot_be(asked)
        return ChatRequest(
            messages=to_messages(
                [_known_role(message) for message in asked.messages],
                settings.CHAT_SYSTEM_PROMPT,
            ),
            model=asked.model or settings.CHAT_DEFAULT_MODEL,
            stream=asked.stream is True,
            store=asked.store is not False,
            parameters={
                "temperature": settings.CHAT_DEFAULT_TEMPERATURE,
                "max_tokens": settings.CHAT_DEFAULT_MAX_TOKENS,
                **_translated(asked),
            },
        )

    def writer(
        self, asked: ChatRequest, request_id: str, seen: Observation
    ) -> "OpenAIWriter":
        return OpenAIWriter(request_id, "stream_options" in asked.parameters)

    def whole(self, completion: bytes) -> bytes:
        fields = msgspec.json.decode(completion)
        fields.setdefault("object", "chat.completion")
        for choice in fields["choices"]:
            _translate_finish_reason(choice)
            if isinstance(message := choice.get("message"), dict):
                message.setdefault("content", None)
        return msgspec.json.encode(fields)

    def error(self, failure: Failure, request_id: str) -> bytes:
        return msgspec.json.encode({"error": _described(failure)})


class OpenAIWriter:
    def __init__(self, request_id: str, usage_apart: bool) -> None:
        self._request_id = request_id
        self._usage_apart = usage_apart
        self._usage: dict[str, Any] | None = None
        self._begun = False

    def frames(self, batch: Batch) -> bytes:
        if not batch:
            return HEARTBEAT
        payloads = batch.payloads
        for index, event in enumerate(batch.events):
            if _is_special(event):
                payloads[index] = self._adapted(payloads[index])
        if not self._begun:
            payloads[0] = _introduced(payloads[0])
        frames = b"data: " + b"\n\ndata: ".join(payloads) + b"\n\n"
        if self._begun:
            return frames.replace(DELTA_WITH_ROLE, DELTA)
        self._begun = True
        first = len(payloads[0])
        return frames[:first] + frames[first:].replace(DELTA_WITH_ROLE, DELTA)

    def done(self) -> bytes:
        if self._usage is None:
            return DONE
        return b"data: " + msgspec.json.encode(self._usage) + b"\n\n" + DONE

    def broken_off(self, failure: Failure) -> bytes:
        error = _described(failure)
        error["request_id"] = self._request_id
        error["status"] = failure.status
        if failure.come_back_in:
            error["retry_after"] = failure.come_back_in  # too late for a header
        return b"data: " + msgspec.json.encode({"error": error}) + b"\n\n"

    def _adapted(self, payload: bytes) -> bytes:
        fields = msgspec.json.decode(payload)
        fields.setdefault("object", "chat.completion.chunk")
        if not fields.get("choices"):
            fields["choices"] = [{"index": 0, "delta": {}}]
        for choice in fields["choices"]:
            _translate_finish_reason(choice)
        if self._usage_apart and (usage := fields.pop("usage", None)):
            head = {k: fields.get(k) for k in ("id", "object", "created", "model")}
            self._usage = {**head, "choices": [], "usage": usage}
        return msgspec.json.encode(fields)


def _introduced(payload: bytes) -> bytes:
    """Let the first event tell the role: one with a tool call does not."""
    fields = msgspec.json.decode(payload)
    for choice in fields["choices"]:
        choice["delta"] = {"role": "assistant", **(choice.get("delta") or {})}
        choice.setdefault("finish_reason", None)
    return msgspec.json.encode(fields)


def _is_special(event: Event) -> bool:
    """Whether an event needs more than the bytes it came with."""
    choices = event.choices
    return not choices or bool(choices[0].finish_reason or event.usage)


def _refuse_what_cannot_be(asked: Body) -> None:
    if asked.n not in (None, 1):
        raise Refused("n: there is one answer to a request, no more.", param="n")
    if (asked.response_format or {}).get("type") == "json_schema":
        raise Refused(
            "response_format: GLM models know no json_schema. Use json_object and "
            "describe the fields in a message, or a tool with these parameters.",
            param="response_format",
        )


def _known_role(message: OpenAIMessage) -> IncomingMessage:
    if message.role == "developer":
        message.role = "system"
    return message


def _translated(asked: Body) -> dict[str, Any]:
    """The parameters given, as Z.AI takes them."""
    given = asked.given()
    if asked.temperature is not None:
        given["temperature"] = min(asked.temperature, HIGHEST_TEMPERATURE)
    if asked.max_completion_tokens is not None:
        given["max_tokens"] = asked.max_completion_tokens
    if asked.user and len(asked.user) in USER_ID_LENGTHS:
        given.setdefault("user_id", asked.user)
    options = given.pop("stream_options", {})
    if asked.stream and options.get("include_usage") is True:
        given["stream_options"] = {"include_usage": True}
    return given


def _translate_finish_reason(choice: dict[str, Any]) -> None:
    reason = choice.get("finish_reason")
    choice["finish_reason"] = FINISH_REASONS.get(reason, reason)


def _described(failure: Failure) -> dict[str, Any]:
    return {
        "message": failure.message,
        "type": failure.type,
        "param": failure.param,
        "code": failure.code,
    }
