"""The events of a streamed response, in the order in which they come.

Fields and order: openai 2.54, `openai.types.responses`. In deltas the number and the
text stand last, for they are what differs from one to the next.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct

from chat.protocols.answers import says
from chat.protocols.error_shapes import OpenAILateError
from chat.protocols.responses.shapes import (
    OutputItem,
    OutputText,
    Response,
    SummaryText,
)

Number = Annotated[int, says("From 0, one more with each event.")]


class OfResponse(Struct, tag_field="type"):
    response: Response
    sequence_number: Number


class CreatedEvent(OfResponse, tag="response.created"):
    pass


class InProgressEvent(OfResponse, tag="response.in_progress"):
    pass


class CompletedEvent(OfResponse, tag="response.completed"):
    pass


class IncompleteEvent(OfResponse, tag="response.incomplete"):
    """The last event of an answer for which there was no more room, or which was
    filtered."""


class FailedEvent(OfResponse, tag="response.failed"):
    """The last event of an answer that broke off."""


class OfItem(Struct, tag_field="type"):
    output_index: int
    item: OutputItem
    sequence_number: Number


class ItemAddedEvent(OfItem, tag="response.output_item.added"):
    pass


class ItemDoneEvent(OfItem, tag="response.output_item.done"):
    pass


class InItem(Struct, tag_field="type"):
    item_id: str
    output_index: int


class OfContent(InItem):
    content_index: Literal[0]


class ContentAddedEvent(OfContent, tag="response.content_part.added"):
    part: OutputText
    sequence_number: Number


class TextDeltaEvent(OfContent, tag="response.output_text.delta"):
    logprobs: list[Any]
    sequence_number: Number
    delta: str


class TextDoneEvent(OfContent, tag="response.output_text.done"):
    text: str
    logprobs: list[Any]
    sequence_number: Number


class ContentDoneEvent(OfContent, tag="response.content_part.done"):
    part: OutputText
    sequence_number: Number


class OfSummary(InItem):
    summary_index: Literal[0]


class SummaryAddedEvent(OfSummary, tag="response.reasoning_summary_part.added"):
    part: SummaryText
    sequence_number: Number


class SummaryDeltaEvent(OfSummary, tag="response.reasoning_summary_text.delta"):
    sequence_number: Number
    delta: str


class SummaryTextDoneEvent(OfSummary, tag="response.reasoning_summary_text.done"):
    text: str
    sequence_number: Number


class SummaryDoneEvent(OfSummary, tag="response.reasoning_summary_part.done"):
    part: SummaryText
    sequence_number: Number


class ArgumentsDeltaEvent(InItem, tag="response.function_call_arguments.delta"):
    sequence_number: Number
    delta: str


class ArgumentsDoneEvent(InItem, tag="response.function_call_arguments.done"):
    arguments: str
    name: str
    sequence_number: Number


class InputDeltaEvent(InItem, tag="response.custom_tool_call_input.delta"):
    sequence_number: Number
    delta: str


class InputDoneEvent(InItem, tag="response.custom_tool_call_input.done"):
    input: str
    sequence_number: Number


class ErrorEvent(Struct, tag_field="type", tag="error"):
    """Why the answer broke off; `response.failed` follows.

    OpenAI's clients raise for what has an `error`, and for nothing else.
    """

    error: OpenAILateError
    code: str | None
    message: str
    param: str | None
    sequence_number: Number


ResponseEvent = (
    CreatedEvent
    | InProgressEvent
    | ItemAddedEvent
    | ContentAddedEvent
    | TextDeltaEvent
    | TextDoneEvent
    | ContentDoneEvent
    | SummaryAddedEvent
    | SummaryDeltaEvent
    | SummaryTextDoneEvent
    | SummaryDoneEvent
    | ArgumentsDeltaEvent
    | ArgumentsDoneEvent
    | InputDeltaEvent
    | InputDoneEvent
    | ItemDoneEvent
    | CompletedEvent
    | IncompleteEvent
    | ErrorEvent
    | FailedEvent
)


def frame(event: Struct) -> bytes:
    """Return the frame of `event`, with its type as its name."""
    name = str(event.__struct_config__.tag).encode()
    return b"event: %b\ndata: %b\n\n" % (name, msgspec.json.encode(event))


# Where the two last fields of a delta stand, and what goes there.
LAST, ANY = b'0,"delta":""}\n\n', b'%d,"delta":%b}\n\n'


def make_template(delta: Struct) -> bytes:
    """Return the frame of `delta`, whose number is 0 and whose text is empty, with
    places for a number and for a text as JSON: for `%`, one after the other."""
    whole = frame(delta)
    assert whole.endswith(LAST), whole
    return whole.removesuffix(LAST).replace(b"%", b"%%") + ANY
