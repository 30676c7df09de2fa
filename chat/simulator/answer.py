"""What the model says: its reasoning, its words, its tool calls, and how it ends."""

from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

from . import tokens, tools, web_search, wording
from .chosen import Chosen
from .request import ChatRequest
from .thoughts import thoughts_of

# Enough to be well within an answer when it breaks off.
_ROOM = 2
_BIGGEST_KB = 65_536
EVENTS_A_SECOND = 50.0
_BREAK_OFF = {
    "sensitive": "sensitive",
    "length": "length",
    "network-error": "network_error",
    "context-exceeded": "model_context_window_exceeded",
}
_AFTER_EVENTS = ("cut", "reset", "no-finish", "malformed", "glued", "bad-utf8")
_AT_EVENT = ("stall", "stream-error", "stream-error-event")


@dataclass
class Answer:
    """`reasoning` and `content` are in pieces of one token, each an event."""

    reasoning: list[str] = field(default_factory=list)
    content: list[str] = field(default_factory=list)
    tool_calls: list[tools.ToolCall] = field(default_factory=list)
    finish_reason: str = "stop"
    web_search: list[dict[str, Any]] | None = None
    content_filter: list[dict[str, Any]] | None = None

    @property
    def completion_tokens(self) -> int:
        called = sum(tokens.count(call.arguments) for call in self.tool_calls)
        return len(self.reasoning) + len(self.content) + called

    @property
    def extras(self) -> dict[str, Any]:
        """The fields that stand beside `choices`, if there are any."""
        given = {"web_search": self.web_search, "content_filter": self.content_filter}
        return {name: value for name, value in given.items() if value}


def compose(request: ChatRequest, chosen: Chosen) -> Answer:
    """The answer to a request that has passed all checks."""
    answer = Answer(tool_calls=tools.calls_for(request, chosen))
    answer.web_search = web_search.results_for(request)
    text = wording.content(request, chosen, answer.tool_calls, answer.web_search)
    answer.content = tokens.split(text)
    answer.reasoning = thoughts_of(request, answer.tool_calls)
    if answer.tool_calls:
        answer.finish_reason = "tool_calls"
    _respect_stop(answer, request.body.get("stop"))
    _respect_max_tokens(answer, request.body.get("max_tokens"))
    _play(answer, chosen)
    return answer


def _respect_stop(answer: Answer, stop: str | list[str] | None) -> None:
    text = "".join(answer.content)
    words = [stop] if isinstance(stop, str) else stop or []
    ends = [text.index(word) for word in words if word and word in text]
    if ends:
        answer.content = tokens.split(text[: min(ends)])


def _respect_max_tokens(answer: Answer, limit: int | None) -> None:
    if limit is None or answer.completion_tokens <= limit:
        return
    answer.finish_reason = "length"
    answer.tool_calls = []
    answer.reasoning = answer.reasoning[:limit]
    answer.content = answer.content[: limit - len(answer.reasoning)]


def _play(answer: Answer, chosen: Chosen) -> None:
    """Shape the answer as scenarios want it; they overrule `max_tokens`."""
    events = chosen.get("events")
    if events:
        answer.reasoning = []
        answer.content = _repeated(answer.content, events.count)
    else:
        _lengthen(answer, chosen)
    if "think" in chosen:
        length = int(chosen.number("think") * EVENTS_A_SECOND)
        answer.reasoning = _repeated(answer.reasoning or answer.content, length)
    for name, finish_reason in _BREAK_OFF.items():
        if name in chosen:
            _break_off(answer, finish_reason)
    if "empty" in chosen:
        answer.reasoning = answer.reasoning or answer.content
        answer.content, answer.finish_reason = [], "length"
    big = chosen.get("big")
    if big:
        answer.content.insert(
            len(answer.content) // 2, "x" * (min(big.count, _BIGGEST_KB) * 1024)
        )


def _lengthen(answer: Answer, chosen: Chosen) -> None:
    """Make the answer long enough for what is to happen after N events."""
    after = [chosen.values[name].count for name in _AFTER_EVENTS if name in chosen]
    at = [chosen.values[name].second or 0 for name in _AT_EVENT if name in chosen]
    missing = max(after + at, default=0) + _ROOM - len(answer.reasoning)
    if (after or at) and missing > len(answer.content):
        answer.content = _repeated(answer.content, missing)


def _break_off(answer: Answer, finish_reason: str) -> None:
    answer.finish_reason = finish_reason
    answer.tool_calls = []
    answer.content = answer.content[: max(len(answer.content) // 2, 1)]
    if finish_reason == "sensitive":
        answer.content_filter = [{"role": "assistant", "level": 1}]


def _repeated(pieces: list[str], length: int) -> list[str]:
    return list(islice(cycle(pieces or ["…"]), length))
