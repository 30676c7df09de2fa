"""The body of a request to OpenAI's Responses, and what Z.AI is asked by it."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from django.conf import settings
from msgspec import Meta, Struct

from chat.glm.known import profile_of
from chat.protocols.body import ChatBody, Reasoning
from chat.protocols.openai import HIGHEST_TEMPERATURE, USER_ID_LENGTHS
from chat.protocols.refusal import Problem
from chat.protocols.responses import items, tools
from chat.protocols.structured import (
    JSON_OBJECT,
    JsonSchema,
    find_problems_of_schema,
)
from chat.protocols.tool_choice import find_problems_of_choice

ENCRYPTED = "reasoning.encrypted_content"
MOST_INCLUDED = 20
MOST_METADATA = 16
WHERE = "text.format"
# What would be kept between requests, or run apart from them.
NOT_HERE = {
    "previous_response_id": "answers are not kept here to go on with: send the whole"
    " conversation as input",
    "conversation": "conversations are not kept here: send all of it as input",
    "background": "nothing is answered in the background here",
    "prompt": "no prompts are kept here: send input and instructions",
}

MetadataValue = Annotated[str, Meta(max_length=512)]
Metadata = Annotated[dict[str, MetadataValue], Meta(max_length=MOST_METADATA)]


class ResponsesReasoning(Reasoning, omit_defaults=True):
    summary: Literal["auto", "concise", "detailed", "none"] | None = None


class TextFormat(JsonSchema, omit_defaults=True):
    type: Literal["text", "json_object", "json_schema"] | None = None


class TextOptions(Struct, omit_defaults=True):
    format: TextFormat | None = None


class ResponsesBody(ChatBody, kw_only=True):
    input: (
        str | Annotated[list[items.InputItem], Meta(max_length=items.MOST)] | None
    ) = None
    instructions: str | None = None
    reasoning: ResponsesReasoning | None = None
    text: TextOptions | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    max_output_tokens: Annotated[int, Meta(ge=1, le=131072)] | None = None
    parallel_tool_calls: bool | None = None
    include: Annotated[list[str], Meta(max_length=MOST_INCLUDED)] | None = None
    metadata: Metadata | None = None
    user: str | None = None
    previous_response_id: Any = None
    conversation: Any = None
    background: bool | None = None
    prompt: Any = None

    @property
    def given_items(self) -> list[items.InputItem]:
        """What is asked; a text is a user's."""
        if isinstance(self.input, str):
            return [items.InputItem(role="user", content=self.input)]
        return self.input or []

    @property
    def format(self) -> TextFormat:
        return (self.text and self.text.format) or TextFormat(type="text")

    def find_problems(self) -> Iterator[Problem]:
        for name, sentence in NOT_HERE.items():
            wanted = getattr(self, name)
            if wanted is not None and (wanted is not False or name != "background"):
                yield Problem(name, sentence)
        yield from self._find_problems_of_input()
        form, offered = self.format, self.tools or []
        yield from find_problems_of_schema(form, needed=True, where=WHERE)
        yield from tools.find_problems_of_tools(offered)
        yield from tools.find_problems_of_hosted_choice(self.tool_choice)
        yield from find_problems_of_choice(
            tools.translate_tools(offered), tools.translate_choice(self.tool_choice)
        )

    def translate(self) -> dict[str, Any]:
        """Return the parameters given, as Z.AI takes them."""
        given = self.given()
        given.pop("stream_options", None)  # those of OpenAI are about padding
        if self.temperature is not None:
            given["temperature"] = min(self.temperature, HIGHEST_TEMPERATURE)
        if self.max_output_tokens is not None:
            given["max_tokens"] = self.max_output_tokens
        if self.user and len(self.user) in USER_ID_LENGTHS:
            given.setdefault("user_id", self.user)
        if kind := self.text and self.format.type:
            given["response_format"] = {"type": kind} if kind == "text" else JSON_OBJECT
        if self.tools is not None:
            given["tools"] = tools.translate_tools(self.tools)
        if self.tool_choice is not None:
            given["tool_choice"] = tools.translate_choice(self.tool_choice)
        profile = profile_of(self.model or settings.CHAT_DEFAULT_MODEL)
        if self.stream and self.tools and profile.tool_stream:
            # Its clients have no word for it, and wait for arguments piece by piece.
            given.setdefault("tool_stream", True)
        return given

    def _find_problems_of_input(self) -> Iterator[Problem]:
        yield from items.find_problems_of_items(self.given_items)
        if self.input is None:
            yield Problem("input", "the field is required")
        elif not any(item.counts for item in self.given_items):
            yield Problem(
                "input", "there must be a text, or an item that says something"
            )
