"""What is read of an answer of Z.AI's: an event of its stream, or the whole completion.

Only what is looked at is decoded; the bytes go on beside it. The types are those of a
well-made event: of one that is not, `upstream.repair` makes one that is.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

# Words of Z.AI's OpenAPI description, and `content_filter`, OpenAI's for `sensitive`.
WHOLE = frozenset({"stop", "tool_calls", "length", "sensitive", "content_filter"})
WHOLE |= {"model_context_window_exceeded"}
# Words that say the opposite of an end. `network_error` is how Z.AI says in a stream
# that it failed itself; the others are those of gateways and inference servers.
BROKEN = frozenset({"network_error", "abort", "error"})

# Largest number that the request log has a place for.
LARGEST = 2**31 - 1

Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=0, le=LARGEST)]


class Function(Struct, gc=False):
    name: str | None = None
    arguments: str | None = None


class ToolCall(Struct, gc=False):
    """A call, or a piece of one. `index` tells which call of the answer it is."""

    index: int
    id: str | None = None
    type: str | None = None
    function: Function = msgspec.field(default_factory=Function)


class Delta(Struct, gc=False):
    content: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None


class Choice(Struct, gc=False):
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: Text | None = None


class TokenDetails(Struct, gc=False):
    cached_tokens: Count | None = None
    reasoning_tokens: Count | None = None


class Usage(Struct, gc=False):
    """Tokens, as Z.AI counted them. None: it did not say."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    prompt_tokens_details: TokenDetails | None = None
    completion_tokens_details: TokenDetails | None = None

    @property
    def cached_tokens(self) -> int | None:
        details = self.prompt_tokens_details
        return details.cached_tokens if details else None

    @property
    def reasoning_tokens(self) -> int | None:
        details = self.completion_tokens_details
        return details.reasoning_tokens if details else None


class Event(Struct, gc=False):
    """One event of a stream; or, with `message` for `delta`, a completion."""

    id: str | None = None
    created: int | None = None
    model: str | None = None
    choices: list[Choice] = msgspec.field(default_factory=list)
    usage: Usage | None = None
    error: Any = None
    web_search: Any = None

    @property
    def finish_reason(self) -> str | None:
        return self.choices[0].finish_reason if self.choices else None

    @property
    def says_something(self) -> bool:
        """Whether the caller can see anything of it: a word, a thought, a tool call."""
        for choice in self.choices:
            delta = choice.delta
            if delta and (delta.content or delta.reasoning_content or delta.tool_calls):
                return True
        return False


def has_a_word(said: Delta) -> bool:
    """Whether a word that a user sees is in it, or a tool call; a thought is none."""
    return bool((said.content and not said.content.isspace()) or said.tool_calls)


def is_whole(finish_reason: str | None, *, told_more: bool) -> bool:
    """Whether an answer with this finish reason is all there is.

    A word that nobody knows ends an answer only together with something that comes at
    the end alone: `[DONE]`, or the usage. `told_more`: that was there.
    """
    if not finish_reason or finish_reason.lower() in BROKEN:
        return False
    return told_more or finish_reason in WHOLE


class Batch(Struct):
    """The events that came together: as they came, and decoded.

    `Observation.saw` sets the other fields, as it looks at each event. `goes_on`: none
    tells a finish reason or a usage. `text`: the words of the only event, if it says
    nothing else, as most do; None of any other batch.
    """

    payloads: list[bytes] = msgspec.field(default_factory=list)
    events: list[Event] = msgspec.field(default_factory=list)
    goes_on: bool = False
    text: str | None = None

    def __bool__(self) -> bool:
        return bool(self.events)


decode_event = msgspec.json.Decoder(Event).decode
