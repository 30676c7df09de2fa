"""The shapes of whole answers, and of the events of a stream.

Most of an answer is Z.AI's, and goes on as it came: what is required here is what every
caller can rely on, and Z.AI may add fields. What a dialect adds of its own is encoded
from these shapes.
"""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, Struct, UnsetType


def says(sentence: str) -> Meta:
    """Return what gives a field of a shape its sentence in OpenAPI."""
    return Meta(description=sentence)


Id = Annotated[str, says("The request's id, as in `X-Request-ID`.")]
Created = Annotated[int, says("When Z.AI began to answer, in seconds since 1970.")]
Model = Annotated[str, says("The model that answers.")]
Index = Annotated[int, says("Always 0: there is one answer.")]
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
    index: Index
    message: Said
    finish_reason: FinishReason


class ChoiceDelta(Struct):
    index: Index
    delta: Said
    finish_reason: FinishReason | UnsetType = UNSET


class OpenAIChoiceDelta(ChoiceDelta):
    finish_reason: (
        Annotated[
            str | None,
            says(
                "Why the answer ended: `stop`, `length`, `tool_calls`,"
                " `content_filter`, …; once, in the last event that has a choice."
                " Null or not there before."
            ),
        ]
        | UnsetType
    ) = UNSET


class Usage(TypedDict):
    """Tokens, as Z.AI counted them."""

    prompt_tokens: Annotated[int, says("Of what was asked.")]
    completion_tokens: Annotated[int, says("Of what was answered.")]
    total_tokens: NotRequired[Annotated[int, says("Of both.")]]
    prompt_tokens_details: NotRequired[
        Annotated[dict[str, Any], says("`cached_tokens` that cost less.")]
    ]
    completion_tokens_details: NotRequired[
        Annotated[dict[str, Any], says("`reasoning_tokens` of the thinking.")]
    ]


class ChatCompletion(Struct, kw_only=True):
    """A whole answer."""

    choices: Annotated[list[Choice], Meta(min_length=1)]
    model: Model
    created: Created
    id: Id | UnsetType = UNSET
    object: Literal["chat.completion"] | UnsetType = UNSET
    request_id: Id | UnsetType = UNSET
    usage: Usage | UnsetType = UNSET


class ChatEvent(Struct, kw_only=True):
    """An event of a streamed answer, as Z.AI sent it."""

    id: Id | UnsetType = UNSET
    created: Created
    object: Literal["chat.completion.chunk"] | UnsetType = UNSET
    model: Model
    choices: list[ChoiceDelta]
    web_search: (
        Annotated[list[dict[str, Any]], says("What a web search found.")] | UnsetType
    ) = UNSET
    usage: (
        Annotated[Usage | None, says("Once, in the last event as a rule.")] | UnsetType
    ) = UNSET


class Queue(Struct):
    """Where a caller stands in line for Z.AI."""

    position: Annotated[int, says("1 is next.")]
    seconds: Annotated[
        int | None, says("About how long that will take; null if nobody can know yet.")
    ]


class QueueEvent(Struct, kw_only=True):
    """What is told of the wait, before the answer begins, with `notices`."""

    queue: Queue
    choices: Annotated[list[ChoiceDelta], says("None.")] = []
    created: Annotated[int, says("Now, in seconds since 1970.")]
    model: Annotated[str, says("The model that is asked.")]


class OpenAIChatEvent(ChatEvent, kw_only=True):
    """An event of a streamed answer for OpenAI's clients."""

    choices: Annotated[  # type: ignore[assignment]
        list[OpenAIChoiceDelta],
        says("None in the chunk that has nothing but the usage."),
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


class StoppedAnswer(Struct):
    """What came of a stop."""

    stopped: Annotated[bool, says("Whether an answer went on, which is stopped now.")]
