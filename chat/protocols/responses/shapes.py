"""The shapes of an answer: a response, and the items it consists of."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Struct, UnsetType

from chat.protocols.answers import says

ItemId = Annotated[str, says("What `item_reference` refers to it by.")]
Status = Literal["in_progress", "completed", "incomplete"]


class OutputText(Struct, tag_field="type", tag="output_text"):
    text: Annotated[str, says("The words.")]
    annotations: Annotated[list[Any], says("None.")] = []
    logprobs: Annotated[list[Any], says("None.")] = []


class MessageItem(Struct, tag_field="type", tag="message", kw_only=True):
    """What the model says."""

    id: ItemId
    role: Literal["assistant"] = "assistant"
    status: Status
    content: list[OutputText]


class SummaryText(Struct, tag_field="type", tag="summary_text"):
    text: Annotated[str, says("The thoughts, as Z.AI tells them.")]


class ReasoningItem(Struct, tag_field="type", tag="reasoning", kw_only=True):
    """What the model thinks before it answers."""

    id: ItemId
    summary: list[SummaryText]
    encrypted_content: (
        Annotated[str, says("With `include`; nothing is in it.")] | UnsetType
    ) = UNSET


class FunctionCallItem(Struct, tag_field="type", tag="function_call", kw_only=True):
    """A function that the model calls."""

    id: ItemId
    call_id: Annotated[str, says("What its output refers to it by.")]
    name: str
    arguments: Annotated[str, says("JSON, as the model wrote it.")]
    status: Status
    namespace: str | UnsetType = UNSET


class CustomCallItem(Struct, tag_field="type", tag="custom_tool_call", kw_only=True):
    """A free-form tool that the model calls."""

    id: ItemId
    call_id: Annotated[str, says("What its output refers to it by.")]
    name: str
    input: Annotated[str, says("Any text.")]
    status: Status
    namespace: str | UnsetType = UNSET


CallItem = FunctionCallItem | CustomCallItem
OutputItem = MessageItem | ReasoningItem | FunctionCallItem | CustomCallItem


class InputTokens(Struct):
    cached_tokens: Annotated[int, says("Those that cost less.")] = 0
    cache_write_tokens: int = 0


class OutputTokens(Struct):
    reasoning_tokens: Annotated[int, says("Those of the thoughts.")] = 0


class ResponseUsage(Struct):
    """Tokens, as Z.AI counted them."""

    input_tokens: Annotated[int, says("Of what was asked.")]
    input_tokens_details: InputTokens
    output_tokens: Annotated[int, says("Of what was answered.")]
    output_tokens_details: OutputTokens
    total_tokens: Annotated[int, says("Of both.")]


class ResponseError(Struct):
    code: Annotated[str, says("One of OpenAI's; the event `error` has the true one.")]
    message: Annotated[str, says("A sentence that can be shown to people.")]


class IncompleteDetails(Struct):
    reason: Literal["max_output_tokens", "content_filter"]


class ResponseReasoning(Struct):
    effort: str | None = None
    summary: str | None = None


class AnswerFormat(Struct):
    type: str = "text"
    name: str | UnsetType = UNSET
    schema: Annotated[Any, says("As it was given.")] | UnsetType = UNSET


class TextConfig(Struct):
    format: AnswerFormat


class Response(Struct, kw_only=True):
    """An answer, whole or as far as it came."""

    id: Annotated[str, says("The request's id with `resp_` for `req_`.")]
    object: Literal["response"] = "response"
    created_at: Annotated[
        int, says("When Z.AI began to answer, in seconds since 1970.")
    ]
    status: Literal["in_progress", "completed", "incomplete", "failed"]
    error: Annotated[ResponseError | None, says("Why it broke off.")] = None
    incomplete_details: Annotated[
        IncompleteDetails | None, says("Why it is not all that was to come.")
    ] = None
    instructions: Annotated[None, says("Not repeated.")] = None
    max_output_tokens: int | None = None
    metadata: Annotated[dict[str, str], says("As it was given.")]
    model: Annotated[str, says("The model that answers.")]
    output: list[OutputItem]
    parallel_tool_calls: bool
    previous_response_id: None = None
    reasoning: Annotated[ResponseReasoning, says("As it was given.")]
    store: Annotated[bool, says("Whether the request log may keep the text.")]
    temperature: float | None = None
    text: TextConfig
    tool_choice: str
    tools: Annotated[list[Any], says("Not repeated.")] = []
    top_p: float | None = None
    truncation: Literal["disabled"] = "disabled"
    usage: Annotated[ResponseUsage | None, says("Null until the end.")] = None
    user: str | None = None
