"""The chunks that `useChat` of Vercel's AI SDK reads: the events of its stream.

Only types that AI SDK 5, 6 and 7 know: one that is not known breaks the stream.
"""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType


class Chunk(Struct, tag_field="type", rename="camel"):
    pass


class AnswerIdentity(Struct, rename="camel"):
    request_id: str
    model: str


class Tokens(Struct, rename="camel"):
    """By the SDK's names; what Z.AI did not count is not there."""

    input_tokens: int | UnsetType = UNSET
    output_tokens: int | UnsetType = UNSET
    reasoning_tokens: int | UnsetType = UNSET
    cached_input_tokens: int | UnsetType = UNSET


class AnswerFigures(AnswerIdentity):
    usage: Tokens | UnsetType = UNSET
    note: (
        Annotated[str, Meta(description="A sentence for people, where no answer came.")]
        | UnsetType
    ) = UNSET
    first_word_ms: (
        Annotated[
            int, Meta(description="Milliseconds from the question to the first word.")
        ]
        | UnsetType
    ) = UNSET


class StartChunk(Chunk, tag="start", kw_only=True):
    # With an id of its own, what goes on with a message would become a second one.
    message_id: str | UnsetType = UNSET
    message_metadata: AnswerIdentity


class StartStepChunk(Chunk, tag="start-step"):
    pass


class TextStartChunk(Chunk, tag="text-start"):
    id: str


class TextDeltaChunk(Chunk, tag="text-delta"):
    id: str
    delta: str


class TextEndChunk(Chunk, tag="text-end"):
    id: str


class ReasoningStartChunk(Chunk, tag="reasoning-start"):
    id: str


class ReasoningDeltaChunk(Chunk, tag="reasoning-delta"):
    id: str
    delta: str


class ReasoningEndChunk(Chunk, tag="reasoning-end"):
    id: str


class ToolInputStartChunk(Chunk, tag="tool-input-start"):
    tool_call_id: str
    tool_name: str


class ToolInputDeltaChunk(Chunk, tag="tool-input-delta"):
    tool_call_id: str
    input_text_delta: str


class ToolInputAvailableChunk(Chunk, tag="tool-input-available"):
    tool_call_id: str
    tool_name: str
    input: Any


class ToolInputErrorChunk(Chunk, tag="tool-input-error"):
    tool_call_id: str
    tool_name: str
    input: str
    error_text: str


class SourceUrlChunk(Chunk, tag="source-url"):
    source_id: str
    url: str
    title: str | UnsetType = UNSET


class Queue(Struct):
    position: Annotated[int, Meta(description="1 is next.")]
    seconds: Annotated[int | None, Meta(description="About; null if nobody knows.")]


class DataQueueChunk(Chunk, tag="data-queue", kw_only=True):
    """Where the caller stands in line for Z.AI; it stays in no message (`onData`)."""

    data: Queue
    transient: bool = True


class FinishStepChunk(Chunk, tag="finish-step"):
    pass


class FinishChunk(Chunk, tag="finish"):
    finish_reason: str
    message_metadata: AnswerFigures


class ErrorChunk(Chunk, tag="error"):
    """The last chunk of an answer that broke off."""

    error_text: Annotated[str, Meta(description="A sentence for people.")]


class AbortChunk(Chunk, tag="abort"):
    """The last chunk of an answer that the one who had asked stopped."""


UIChunk = (
    StartChunk
    | StartStepChunk
    | TextStartChunk
    | TextDeltaChunk
    | TextEndChunk
    | ReasoningStartChunk
    | ReasoningDeltaChunk
    | ReasoningEndChunk
    | ToolInputStartChunk
    | ToolInputDeltaChunk
    | ToolInputAvailableChunk
    | ToolInputErrorChunk
    | SourceUrlChunk
    | DataQueueChunk
    | FinishStepChunk
    | FinishChunk
    | ErrorChunk
    | AbortChunk
)
