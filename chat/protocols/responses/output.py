"""Makes the items of an answer, and the response around them."""

import time
from typing import Any

from msgspec import UNSET, UnsetType, field

from chat.conversation import ChatRequest
from chat.event import Usage
from chat.protocols.responses import ids
from chat.protocols.responses.shapes import (
    AnswerFormat,
    CallItem,
    CustomCallItem,
    FunctionCallItem,
    IncompleteDetails,
    InputTokens,
    MessageItem,
    OutputItem,
    OutputText,
    OutputTokens,
    ReasoningItem,
    Response,
    ResponseReasoning,
    ResponseUsage,
    Status,
    SummaryText,
    TextConfig,
)

# By Z.AI's finish reasons; with any other an answer is complete.
INCOMPLETE = {
    "length": IncompleteDetails("max_output_tokens"),
    "model_context_window_exceeded": IncompleteDetails("max_output_tokens"),
    "sensitive": IncompleteDetails("content_filter"),
    "content_filter": IncompleteDetails("content_filter"),
}
# What stands where OpenAI has thoughts that only it can read. Nothing is in it, and
# when it comes back nothing is made of it; clients leave thoughts out that have none.
ENCRYPTED = "bm90aGluZw=="


class ResponsesRequest(ChatRequest, kw_only=True):
    """A question, and what of it the answer depends on or repeats."""

    free_form: frozenset[str] = frozenset()  # the tools that take any text
    places: dict[str, tuple[str, str]] = field(default_factory=dict)  # of tools
    wants_encrypted: bool = False
    wants_json: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    reasoning: ResponseReasoning = field(default_factory=ResponseReasoning)
    format: AnswerFormat = field(default_factory=AnswerFormat)
    tool_choice: str = "auto"
    parallel_tool_calls: bool = True
    user: str | None = None


class Output:
    """For one answer. `number` counts the items of a kind from 0."""

    def __init__(self, asked: ResponsesRequest, request_id: str) -> None:
        self.asked = asked
        self._request_id = request_id

    def make_reasoning(self, number: int, thoughts: str | None) -> ReasoningItem:
        """Return an item of thoughts; None: there are none yet."""
        item = ReasoningItem(
            id=ids.make_item_id("rs", self._request_id, number),
            summary=[] if thoughts is None else [SummaryText(thoughts)],
        )
        if self.asked.wants_encrypted:
            item.encrypted_content = ENCRYPTED
        return item

    def make_message(
        self, number: int, text: str | None, status: Status
    ) -> MessageItem:
        """Return an item of words; None: there are none yet."""
        return MessageItem(
            id=ids.make_item_id("msg", self._request_id, number),
            status=status,
            content=[] if text is None else [OutputText(text)],
        )

    def make_call(
        self, number: int, call_id: str, name: str, given: str, status: Status
    ) -> CallItem:
        """Return a call of the tool that Z.AI knows by this name; `given` are its
        arguments, or the text of a free-form tool."""
        is_free_form = name in self.asked.free_form
        namespace: str | UnsetType
        namespace, name = self.asked.places.get(name, (UNSET, name))
        if is_free_form:
            identity = ids.make_item_id("ctc", self._request_id, number)
            return CustomCallItem(
                id=identity,
                call_id=call_id,
                name=name,
                input=given,
                status=status,
                namespace=namespace,
            )
        identity = ids.make_item_id("fc", self._request_id, number)
        return FunctionCallItem(
            id=identity,
            call_id=call_id,
            name=name,
            arguments=given,
            status=status,
            namespace=namespace,
        )

    def make_response(
        self,
        items: list[OutputItem],
        created: int | None,
        model: str | None,
        **told: Any,
    ) -> Response:
        """Return the response around `items`.

        `created` and `model` are as Z.AI tells them, None if it does not; `told`:
        further fields that only the answer tells.
        """
        asked, given = self.asked, self.asked.parameters
        longest = given.get("max_tokens") if asked.wants_max_tokens else None
        return Response(
            id=ids.make_response_id(self._request_id),
            created_at=int(time.time()) if created is None else created,
            model=model or asked.model,
            output=items,
            max_output_tokens=longest,
            metadata=asked.metadata,
            parallel_tool_calls=asked.parallel_tool_calls,
            reasoning=asked.reasoning,
            store=asked.store,
            temperature=given.get("temperature"),
            text=TextConfig(asked.format),
            tool_choice=asked.tool_choice,
            top_p=given.get("top_p"),
            user=asked.user,
            **told,
        )


def make_usage(usage: Usage | None) -> ResponseUsage | None:
    """Return the tokens as OpenAI counts them; None where Z.AI did not say."""
    if usage is None or usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    return ResponseUsage(
        input_tokens=usage.prompt_tokens,
        input_tokens_details=InputTokens(usage.cached_tokens or 0),
        output_tokens=usage.completion_tokens,
        output_tokens_details=OutputTokens(usage.reasoning_tokens or 0),
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
    )
