"""What callers get: the shapes of whole answers, and of the events of a stream.

Z.AI may add fields; what is required here is what every caller can rely on.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType


def says(sentence: str) -> Meta:
    return Meta(description=sentence)


Id = Annotated[str, says("The request's id, as in `X-Request-ID`.")]
Created = Annotated[int, says("When Z.AI began to answer, in seconds since 1970.")]
Model = Annotated[str, says("The model that answers.")]
FinishReason = Annotated[
    str | None,
    says(
        "Why the answer ended: `stop`, `length`, `tool_calls`, `sensitive` (for"
        " OpenAI's clients `content_filter`), …; null while it goes on."
    ),
]


class Said(Struct):
    """A piece of an answer, or all of it."""

    role: Annotated[str, says("`assistant`.")] | UnsetType = UNSET
    content: Annotated[str | None, says("The words.")] | UnsetType = UNSET
    reasoning_content: (
        Annotated[str | None, says("What the model thinks before it answers.")]
        | UnsetType
    ) = UNSET
    tool_calls: (
        Annotated[list[dict[str, Any]] | None, says("The tools that the model calls.")]
        | UnsetType
    ) = UNSET


class Choice(Struct):
    index: Annotated[int, says("Always 0: there is one answer.")]
    message: Said
    finish_reason: FinishReason


class ChoiceDelta(Struct):
    index: Annotated[int, says("Always 0: there is one answer.")]
    delta: Said
    finish_reason: FinishReason | UnsetType = UNSET


class Usage(Struct):
    """Tokens, as Z.AI counted them."""

    prompt_tokens: Annotated[int, says("Of what was asked.")]
    completion_tokens: Annotated[int, says("Of what was answered.")]
    total_tokens: Annotated[int, says("Of both.")] | UnsetType = UNSET
    prompt_tokens_details: (
        Annotated[dict[str, Any], says("`cached_tokens` that cost less.")] | UnsetType
    ) = UNSET
    completion_tokens_details: (
        Annotated[dict[str, Any], says("`reasoning_tokens` of the thinking.")]
        | UnsetType
    ) = UNSET


class ChatCompletion(Struct):
    """A whole answer."""

    choices: Annotated[list[Choice], Meta(min_length=1)]
    model: Model
    created: Created
    id: Id | UnsetType = UNSET
    object: Literal["chat.completion"] | UnsetType = UNSET
    request_id: Id | UnsetType = UNSET
    usage: Usage | UnsetType = UNSET


class ChatEvent(Struct):
    """An event of a streamed answer, as Z.AI sent it."""

    choices: list[ChoiceDelta]
    model: Model
    created: Created
    id: Id | UnsetType = UNSET
    object: Literal["chat.completion.chunk"] | UnsetType = UNSET
    usage: Annotated[Usage | None, says("In the last event.")] | UnsetType = UNSET
    web_search: (
        Annotated[list[dict[str, Any]], says("What a web search found.")] | UnsetType
    ) = UNSET


class OpenAIChatEvent(ChatEvent):
    """An event of a streamed answer for OpenAI's clients."""

    choices: Annotated[
        list[ChoiceDelta], says("None in the chunk that has nothing but the usage.")
    ]
    usage: (
        Annotated[
            Usage | None,
            says(
                "In the last event; with `stream_options.include_usage` in a chunk of"
                " its own after that."
            ),
        ]
        | UnsetType
    ) = UNSET


class WholeFrame(Struct):
    """The last frame of a whole answer; nothing else ends with it."""

    data: Literal["[DONE]"]


class KnownModel(Struct):
    id: Annotated[str, says("The name to ask for.")]
    object: Literal["model"]
    created: Annotated[int, says("The day of this list, in seconds since 1970.")]
    owned_by: str


class KnownModels(Struct):
    object: Literal["list"]
    data: list[KnownModel]


class Health(Struct):
    status: Annotated[
        Literal["healthy", "degraded"], says("`degraded` without a usable key.")
    ]
    zai_client_initialized: Annotated[bool, says("Whether there is a usable key.")]
    timestamp: Annotated[
        str,
        Meta(
            description="The server's time.", extra_json_schema={"format": "date-time"}
        ),
    ]


class Live(Struct):
    status: Literal["live"]


class Ready(Struct):
    """Only programs on the service's machine, and staff, learn more than the status."""

    status: Literal["ready", "not ready"]
    reasons: (
        Annotated[list[str], says("Why the service cannot be used.")] | UnsetType
    ) = UNSET
    log: (
        Annotated[list[str], says("What is wrong with the request log, if anything.")]
        | UnsetType
    ) = UNSET
