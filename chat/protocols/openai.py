"""OpenAI's dialect, `/v1/chat/completions`: what its clients ask."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from django.conf import settings
from msgspec import Meta, Struct

from chat.conversation import ChatRequest
from chat.failures import (
    Failure,
    NotConfigured,
    Stopped,
    UpstreamRejected,
)
from chat.observation import Observation
from chat.protocols import Dialect
from chat.protocols.body import ChatBody, read_body
from chat.protocols.error_shapes import OpenAIError, OpenAIErrorDetail, describe
from chat.protocols.json_writer import JsonWriter, remove_fence_of
from chat.protocols.messages import (
    MOST,
    IncomingMessage,
    find_problems_of_messages,
    make_messages,
)
from chat.protocols.openai_writer import (
    OpenAIWriter,
    translate_finish_reason,
    use_openais_code,
)
from chat.protocols.payload import decode
from chat.protocols.refusal import Problem
from chat.protocols.structured import (
    JSON_OBJECT,
    JsonSchema,
    add_instruction,
    describe_schema,
    find_problems_of_schema,
)

HIGHEST_TEMPERATURE = 1.0  # of Z.AI; OpenAI's goes to 2
USER_ID_LENGTHS = range(6, 129)

Role = Literal["developer", "system", "user", "assistant", "tool", ""]


class OpenAIMessage(IncomingMessage):
    role: Role | None = None  # type: ignore[assignment]


class StreamOptions(Struct, omit_defaults=True):
    include_usage: bool | None = None


class OpenAIResponseFormat(Struct, omit_defaults=True):
    type: Literal["text", "json_object", "json_schema"] | None = None
    json_schema: JsonSchema | None = None


class OpenAIBody(ChatBody, kw_only=True):
    messages: Annotated[list[OpenAIMessage], Meta(max_length=MOST)] | None = None
    response_format: OpenAIResponseFormat | None = None  # type: ignore[assignment]
    stream_options: StreamOptions | None = None  # type: ignore[assignment]
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1, le=131072)] | None = None
    n: int | None = None
    functions: list[Any] | None = None
    user: str | None = None

    def find_problems(self) -> Iterator[Problem]:
        yield from find_problems_of_messages(self.messages)
        if self.n not in (None, 1):
            yield Problem("n", "there is one answer to a request, no more")
        if self.functions:
            yield Problem("functions", "give them as tools")
        if wanted := self.response_format:
            needed = wanted.type == "json_schema"
            yield from find_problems_of_schema(wanted.json_schema, needed=needed)
        yield from super().find_problems()


DECODER = msgspec.json.Decoder(OpenAIBody)


class OpenAI(Dialect):
    name = "openai"

    def read(self, raw: bytes) -> ChatRequest:
        body = read_body(raw, DECODER)
        for message in body.messages or ():
            if message.role == "developer":
                message.role = "system"
        messages = make_messages(body.messages or (), settings.CHAT_SYSTEM_PROMPT)
        wanted = body.response_format
        if wanted and wanted.json_schema:
            if wanted.type == "json_schema":
                add_instruction(messages, describe_schema(wanted.json_schema))
            wanted.json_schema = None  # it is no parameter of Z.AI's
        return body.make_request(messages, _translate(body), stream=body.stream is True)

    def writer(
        self, chat_request: ChatRequest, request_id: str, observation: Observation
    ) -> "OpenAIWriter":
        kind = JsonWriter if _wants_json(chat_request) else OpenAIWriter
        return kind(request_id, "stream_options" in chat_request.parameters)

    def whole(
        self, completion: bytes, chat_request: ChatRequest, request_id: str
    ) -> bytes:
        fields = decode(completion)
        fields.setdefault("object", "chat.completion")
        for choice in fields["choices"]:
            translate_finish_reason(choice)
            if isinstance(message := choice.get("message"), dict):
                message.setdefault("content", None)
                if _wants_json(chat_request):
                    remove_fence_of(message)
        return msgspec.json.encode(fields)

    def error(self, failure: Failure, request_id: str) -> bytes:
        error = describe(failure, OpenAIErrorDetail)
        use_openais_code(error)
        return msgspec.json.encode(OpenAIError(error))

    def error_headers(self, failure: Failure) -> Mapping[str, str]:
        return {"x-should-retry": "false"} if _is_final(failure) else {}

    def quota_headers(
        self, limit: int, remaining: int, reset: int
    ) -> Mapping[str, str]:
        return {
            "x-ratelimit-limit-requests": str(limit),
            "x-ratelimit-remaining-requests": str(remaining),
            "x-ratelimit-reset-requests": f"{reset}s",
        }


def _is_final(failure: Failure) -> bool:
    """Whether to try again mends nothing; the clients do so at any 429 and 5xx."""
    if isinstance(failure, UpstreamRejected):
        return not failure.transient
    return isinstance(failure, NotConfigured | Stopped)


def _wants_json(chat_request: ChatRequest) -> bool:
    return chat_request.parameters.get("response_format") == JSON_OBJECT


def _translate(body: OpenAIBody) -> dict[str, Any]:
    """Return the parameters given, as Z.AI takes them."""
    given = body.given()
    if body.temperature is not None:
        given["temperature"] = min(body.temperature, HIGHEST_TEMPERATURE)
    if body.max_completion_tokens is not None:
        given["max_tokens"] = body.max_completion_tokens
    if body.user and len(body.user) in USER_ID_LENGTHS:
        given.setdefault("user_id", body.user)
    if kind := body.response_format and body.response_format.type:
        given["response_format"] = {"type": kind} if kind == "text" else JSON_OBJECT
    options = given.pop("stream_options", None)
    if body.stream and options and options.include_usage:
        given["stream_options"] = {"include_usage": True}
    return given
