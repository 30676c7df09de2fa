"""What the log says of a request: one line at INFO, the whole story at DEBUG.

Message text appears at DEBUG only.
"""

import logging
from typing import Any

import msgspec
from django.conf import settings

from chat import lines
from chat.conversation import ChatRequest
from chat.ending import FINISHED, Ending, Extent
from chat.event import Batch, Event
from chat.exchange.outcome import Outcome
from chat.failures import Failure
from chat.observation import Observation

logger = logging.getLogger("chat.exchange")

SHOWN = ("events", "tries", "prompt_tokens", "completion_tokens")
QUIET = FINISHED | {Ending.CLIENT_DISCONNECTED, Ending.REFUSED, Ending.STOPPED}
# What the ending says already.
EXPECTED = {Extent.WHOLE, Extent.NONE}


def began(chat: ChatRequest, request_id: str) -> None:
    if not logger.isEnabledFor(logging.DEBUG):
        return
    logger.debug("=== Z.AI SDK Request ===")
    logger.debug("Request ID: %s", request_id)
    logger.debug("Model: %s", chat.model)
    logger.debug("Stream: %s", chat.stream)
    logger.debug("Parameters: %s", _Json(chat.parameters))
    logger.debug("Messages: %s", _Json(chat.messages))


def tells_deltas() -> bool:
    """Whether what comes is to be told; asked once for an answer."""
    return logger.isEnabledFor(logging.DEBUG)


def deltas(batch: Batch, seen: Observation) -> None:
    """Tell what came; `seen` has it already."""
    if seen.events == len(batch.events):
        logger.debug("=== Streaming Response Started ===")
    for event in batch.events:
        if not (delta := event.choices[0].delta):
            continue
        if delta.reasoning_content:
            logger.debug("Delta reasoning: %s", delta.reasoning_content)
        if delta.content:
            logger.debug("Delta content: %s", delta.content)
        if delta.tool_calls:
            logger.debug("Delta tool calls: %s", lines.shorten_all(delta.tool_calls))


def whole(completion: Event) -> None:
    """Tell what came in one piece."""
    if not logger.isEnabledFor(logging.DEBUG) or not completion.choices:
        return
    logger.debug("=== Whole Response ===")
    if not (said := completion.choices[0].message):
        return
    if said.reasoning_content:
        logger.debug("Reasoning: %s", said.reasoning_content)
    if said.content:
        logger.debug("Content: %s", said.content)
    if said.tool_calls:
        logger.debug("Tool calls: %s", lines.shorten_all(said.tool_calls))


def failed(failure: Failure) -> None:
    """Tell where it was raised, and why; once the exchange has ended nothing knows."""
    logger.debug("How it failed:", exc_info=failure)


def ended(outcome: Outcome, chat: ChatRequest) -> None:
    if outcome.ending is Ending.COMPLETED and chat.stream:
        logger.debug("=== Streaming Complete ===")
    figures = _figures(outcome, chat)
    logger.log(
        _level(outcome),
        "%s %s%s status=%s first_event=%s first_word=%s duration=%s events=%s tries=%s"
        " tokens=%s/%s%s%s",
        chat.model,
        outcome.ending,
        f" ({outcome.finish_reason})" if outcome.finish_reason else "",
        _known(outcome.status),
        _seconds(outcome.first_event),
        _seconds(outcome.first_word),
        _seconds(outcome.duration),
        *(_known(figures[name]) for name in SHOWN),
        _beside(outcome),
        _why(outcome, chat),
        extra=figures,
    )


def refused(outcome: Outcome, chat: ChatRequest | None = None) -> None:
    """A request that never became an exchange; `chat` if it was read."""
    why = outcome.failure.diagnosis if outcome.failure else ""
    logger.log(
        _level(outcome),
        "%s status=%s%s: %s",
        outcome.ending,
        outcome.status,
        _beside(outcome),
        why,
        extra=_figures(outcome, chat),
    )


class _Json:
    """JSON with its texts shortened, in one line that is not shortened as a whole."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __str__(self) -> str:
        return msgspec.json.encode(lines.shorten_all(self._value)).decode()


def _why(outcome: Outcome, chat: ChatRequest) -> str:
    if not (failure := outcome.failure):
        return ""
    keeps_words = settings.CHAT_STORE_TEXT and chat.store
    return f": {failure.diagnosis if keeps_words else failure.discreet}"


def _beside(outcome: Outcome) -> str:
    """What a status and an ending do not say."""
    said = ""
    if outcome.error_status not in (None, outcome.status):
        said += f" error_status={outcome.error_status}"
    if outcome.answer not in EXPECTED:
        said += f" answer={outcome.answer}"
    if outcome.whose:
        said += f" whose={outcome.whose}"
    return said


def _figures(outcome: Outcome, chat: ChatRequest | None) -> dict[str, Any]:
    """The line's figures by name, as JSON lines have them; null is not known."""
    usage = outcome.usage
    return {
        "model": chat and chat.model,
        "ending": outcome.ending,
        "finish_reason": outcome.finish_reason,
        "status": outcome.status,
        "error_status": outcome.error_status,
        "answer": outcome.answer,
        "whose": outcome.whose,
        "waited": outcome.waited,
        "first_event": outcome.first_event,
        "first_sign": outcome.first_sign,
        "first_word": outcome.first_word,
        "duration": outcome.duration,
        "events": outcome.events,
        "tries": outcome.tries,
        "prompt_tokens": usage and usage.prompt_tokens,
        "completion_tokens": usage and usage.completion_tokens,
    }


def _level(outcome: Outcome) -> int:
    failure = outcome.failure
    if outcome.ending is Ending.FAILED or (failure and failure.for_operator):
        return logging.ERROR
    return logging.INFO if outcome.ending in QUIET else logging.WARNING


def _seconds(value: float | None) -> str:
    return "?" if value is None else f"{value:.3f}s"


def _known(value: object) -> object:
    return "?" if value is None else value
