"""OpenAI's Responses, `/v1/responses`: what its clients ask, and get in one piece."""

from collections.abc import Collection
from typing import Any

import msgspec
from django.conf import settings
from msgspec import UNSET, Raw, structs

from chat.conversation import ChatRequest, Message
from chat.event import decode_event
from chat.observation import Observation
from chat.protocols.body import read_body
from chat.protocols.messages import add_system_prompt
from chat.protocols.openai import OpenAI
from chat.protocols.responses import items, tools
from chat.protocols.responses.body import ENCRYPTED, ResponsesBody, TextFormat
from chat.protocols.responses.output import Output, ResponsesRequest
from chat.protocols.responses.shapes import AnswerFormat, ResponseReasoning
from chat.protocols.responses.whole import make_whole
from chat.protocols.responses.writer import ResponsesWriter
from chat.protocols.structured import NO_SCHEMA, add_instruction, describe_schema

DECODER = msgspec.json.Decoder(ResponsesBody)
REFERS = b'"item_reference"'


class Input(msgspec.Struct):
    """What tells of answers that are referred to."""

    input: str | list[items.InputItem] | None = None


INPUT = msgspec.json.Decoder(Input)


class Responses(OpenAI):
    name = "openai-responses"

    def read(self, raw: bytes) -> ChatRequest:
        return self.read_with(raw, {})

    def refers_to(self, raw: bytes) -> Collection[str]:
        if REFERS not in raw:
            return ()
        try:
            asked = INPUT.decode(raw).input
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return ()  # `read_with` says what is wrong
        if not isinstance(asked, list) or len(asked) > items.MOST:
            return ()
        found = items.find_references(asked)
        return dict.fromkeys(reference.request_id for reference in found)

    def read_with(self, raw: bytes, answers: items.Answers) -> ChatRequest:
        body = read_body(raw, DECODER)
        messages = items.make_messages(body.given_items, answers)
        if body.instructions:
            messages.insert(0, {"role": "system", "content": body.instructions})
        add_system_prompt(messages, settings.CHAT_SYSTEM_PROMPT)
        if body.format.type == "json_schema":
            add_instruction(messages, describe_schema(body.format))
        return _make_request(body, messages)

    def unknown(self) -> ResponsesRequest:
        return ResponsesRequest([], "", stream=True)

    def writer(  # type: ignore[override]
        self, chat_request: ResponsesRequest, request_id: str, observation: Observation
    ) -> ResponsesWriter:
        return ResponsesWriter(chat_request, request_id, observation)

    def whole(  # type: ignore[override]
        self, completion: bytes, chat_request: ResponsesRequest, request_id: str
    ) -> bytes:
        output = Output(chat_request, request_id)
        response = make_whole(decode_event(completion), output)
        return msgspec.json.encode(response)


def _make_request(body: ResponsesBody, messages: list[Message]) -> ResponsesRequest:
    asked = body.make_request(messages, body.translate(), stream=body.stream is True)
    form, choice, reasoning = body.format, body.tool_choice, body.reasoning
    told: dict[str, Any] = {
        "free_form": tools.find_free_form(body.tools or []),
        "places": tools.find_places(body.tools or []),
        "wants_encrypted": ENCRYPTED in (body.include or ()),
        "wants_json": form.type in ("json_object", "json_schema"),
        "metadata": body.metadata or {},
        "format": _repeat(form),
        "parallel_tool_calls": body.parallel_tool_calls is not False,
        "user": body.user,
    }
    if reasoning:
        told["reasoning"] = ResponseReasoning(reasoning.effort, reasoning.summary)
    if choice in tools.WORDS:
        told["tool_choice"] = choice
    return ResponsesRequest(**structs.asdict(asked), **told)


def _repeat(form: TextFormat) -> AnswerFormat:
    """Return the form of an answer as it was asked for."""
    if form.type != "json_schema":
        return AnswerFormat(form.type or "text")
    schema = Raw(b"{}") if bytes(form.schema) in NO_SCHEMA else form.schema
    return AnswerFormat(form.type, form.name or UNSET, schema.copy())
