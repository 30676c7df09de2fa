"""What a caller asks of the model: the shape every dialect reads into."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, to_builtins

LONGEST_MODEL = 100  # characters of its name
MOST_TOOLS = 128

# OpenAI's and Z.AI's words, from the least to the most.
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]

Message = dict[str, Any]
"""A message as Z.AI takes it: `role`, `content` (text or parts), tool fields."""


class Thinking(Struct, omit_defaults=True):
    """Other keys than Z.AI's are left out."""

    type: Literal["enabled", "disabled"] | None = None
    clear_thinking: bool | None = None


class ResponseFormat(Struct, omit_defaults=True):
    type: Literal["text", "json_object"] | None = None


class Roles(Struct, omit_defaults=True):
    """Who speaks to whom: `meta` of Z.AI's models for characters, and nothing else."""

    user_info: str | None = None
    user_name: str | None = None
    bot_info: str | None = None
    bot_name: str | None = None


class Parameters(Struct, kw_only=True, omit_defaults=True):
    """Every parameter of Z.AI's chat API beside model, messages and stream.

    Ranges: Z.AI's OpenAPI description. null means not given. `seed`, `stream_options`,
    `sensitive_word_check`, `meta` and `watermark_enabled` are not in it, but the SDK
    or the recorded traffic send them.
    """

    temperature: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Meta(ge=1, le=131072)] | None = None
    do_sample: bool | None = None
    stop: str | Annotated[list[str], Meta(max_length=4)] | None = None
    tools: Annotated[list[dict[str, Any]], Meta(max_length=MOST_TOOLS)] | None = None
    tool_choice: str | dict[str, Any] | None = None
    tool_stream: bool | None = None
    thinking: Thinking | None = None
    reasoning_effort: Effort | None = None
    response_format: ResponseFormat | None = None
    user_id: Annotated[str, Meta(min_length=6, max_length=128)] | None = None
    seed: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    stream_options: dict[str, Any] | None = None
    sensitive_word_check: dict[str, Any] | None = None
    meta: Roles | None = None
    watermark_enabled: bool | None = None

    def given(self) -> dict[str, Any]:
        """The parameters that are set, `stop` as the list Z.AI takes."""
        names = Parameters.__struct_fields__
        given = {n: v for n in names if (v := getattr(self, n)) is not None}
        for name in STRUCTS:
            if name in given and (value := to_builtins(given.pop(name))):
                given[name] = value
        if isinstance(self.stop, str):
            given["stop"] = [self.stop]
        return given


STRUCTS = ("thinking", "response_format", "meta")


class ChatRequest(Struct):
    """One question to the model, whoever asked it and in whatever dialect."""

    messages: list[Message]
    model: str
    stream: bool
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    wants_max_tokens: bool = False  # whether its caller said how long an answer may be
    store: bool = True  # whether the request log may keep what is said
    notices: bool = False  # whether its caller reads what is told beside the answer
    on_leave: float = 0.0  # seconds that it goes on once nobody hears it
    resumable: bool = False  # whether its frames are numbered, to go on after one
    chat_id: str = ""  # by which `useChat` asks for it again
    is_large: bool = False  # too large to be worked on between two events of others
