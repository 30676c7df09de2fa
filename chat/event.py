"""What Z.AI sends: an event of a stream, or a whole completion.

Only what is looked at is decoded; the bytes go on beside it. The types are as loose as
Z.AI's habits: what is not needed to know how an answer went must not break it.
"""

from typing import Any

import msgspec
from msgspec import Struct


class Delta(Struct, gc=False):
    content: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[Any] | None = None


class Choice(Struct, gc=False):
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None


class Usage(Struct, gc=False):
    """Tokens, as Z.AI counted them. None: it did not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: dict[str, Any] | None = None
    completion_tokens_details: dict[str, Any] | None = None

    @property
    def cached_tokens(self) -> int | None:
        return (self.prompt_tokens_details or {}).get("cached_tokens")

    @property
    def reasoning_tokens(self) -> int | None:
        return (self.completion_tokens_details or {}).get("reasoning_tokens")


class Event(Struct, gc=False):
    """One event of a stream; or, with `message` for `delta`, a completion."""

    id: str | None = None
    created: Any = None
    model: str | None = None
    choices: list[Choice] = msgspec.field(default_factory=list)
    usage: Usage | None = None
    error: Any = None
    web_search: Any = None

    @property
    def finish_reason(self) -> str | None:
        return self.choices[0].finish_reason if self.choices else None

    @property
    def is_finished(self) -> bool:
        """Whether this ends a whole answer."""
        return is_whole(self.finish_reason)

    @property
    def says_something(self) -> bool:
        """Whether the caller can see anything of it: a word, a thought, a tool call."""
        for choice in self.choices:
            delta = choice.delta
            if delta and (delta.content or delta.reasoning_content or delta.tool_calls):
                return True
        return False


def is_whole(finish_reason: str | None) -> bool:
    """Whether an answer with this finish reason is all there is.

    `network_error` is how Z.AI says in a stream that it failed itself.
    """
    return finish_reason not in (None, "network_error")


class Batch:
    """The events that came together: as they came, and decoded."""

    __slots__ = ("events", "payloads")

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.events: list[Event] = []

    def __bool__(self) -> bool:
        return bool(self.events)


decode_event = msgspec.json.Decoder(Event).decode
