"""Events that are well made: nothing is to be done with them."""

from collections.abc import Callable
from typing import Annotated, cast

import msgspec
from msgspec import Meta

from chat.event import Choice, Count, Delta, Event, Text, Usage

# How inference servers write that there is no reason yet.
NO_REASON = ("", "null", "none", "undefined")
REASON = rf"(?i)^(?!({'|'.join(NO_REASON)})\s*$)\S"


class PlainDelta(Delta, gc=False):
    tool_calls: None = None  # `Calls` looks at those


class PlainChoice(Choice, kw_only=True, gc=False):
    delta: PlainDelta
    finish_reason: Annotated[str, Meta(pattern=REASON)] | None = None


class PlainUsage(Usage, kw_only=True, gc=False):
    prompt_tokens: Count
    completion_tokens: Count


class PlainEvent(Event, kw_only=True, gc=False):
    id: Text
    created: int
    model: Text
    choices: Annotated[list[PlainChoice], Meta(min_length=1)]  # type: ignore[assignment]
    usage: PlainUsage | None = None
    error: None = None


Decode = Callable[[bytes], Event]

decode_plain: Decode = cast("Decode", msgspec.json.Decoder(PlainEvent).decode)
