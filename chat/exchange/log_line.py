"""What the log says of a request: one line at INFO, the whole story at DEBUG.

Message text appears at DEBUG only.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings

from chat import lines
from chat.ending import Ending
from chat.event import Batch
from chat.failures import Failure

if TYPE_CHECKING:
    from chat.exchange.exchange import Exchange

logger = logging.getLogger("chat.exchange")

SHOWN = ("events", "tries", "prompt_tokens", "completion_tokens")
QUIET = {Ending.COMPLETED, Ending.CLIENT_DISCONNECTED, Ending.REFUSED, Ending.STOPPED}


def began(exchange: Exchange) -> None:
    if not logger.isEnabledFor(logging.DEBUG):
        return
    chat = exchange.chat
    logger.debug("=== Z.AI SDK Request ===")
    logger.debug("Request ID: %s", exchange.request_id)
    logger.debug("Model: %s", chat.model)
    logger.debug("Stream: %s", chat.stream)
    logger.debug("Parameters: %s", lines.shorten_all(chat.parameters))
    logger.debug("Messages: %s", lines.shorten_all(chat.messages))


def deltas(exchange: Exchange, batch: Batch) -> None:
    if not logger.isEnabledFor(logging.DEBUG):
        return
    if exchange.seen.events == len(batch.events):
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


def ended(exchange: Exchange) -> None:
    ending, failure = exchange.ending, exchange.failure
    if ending is Ending.COMPLETED and exchange.chat.stream:
        logger.debug("=== Streaming Complete ===")
    figures = _figures(exchange)
    logger.log(
        _level(ending, failure),
        "%s %s%s status=%s first_event=%s duration=%s events=%s tries=%s"
        " tokens=%s/%s%s%s",
        exchange.chat.model,
        ending,
        f" ({figures['finish_reason']})" if figures["finish_reason"] else "",
        _known(figures["status"]),
        _seconds(figures["first_event"]),
        _seconds(figures["duration"]),
        *(_known(figures[name]) for name in SHOWN),
        *((": ", _why(exchange, failure)) if failure else ("", "")),
        extra=figures,
    )


def _why(exchange: Exchange, failure: Failure) -> str:
    keeps_words = settings.CHAT_STORE_TEXT and exchange.chat.store
    return failure.diagnosis if keeps_words else failure.discreet


def _figures(exchange: Exchange) -> dict[str, Any]:
    """The line's figures by name, as JSON lines have them; null is not known."""
    seen, failure, usage = exchange.seen, exchange.failure, exchange.seen.usage
    return {
        "model": exchange.chat.model,
        "ending": exchange.ending,
        "finish_reason": seen.finish_reason,
        "status": failure.status if failure else exchange.status,
        "first_event": seen.first_event,
        "duration": seen.duration,
        "events": seen.events,
        "tries": exchange.tries,
        "prompt_tokens": usage and usage.prompt_tokens,
        "completion_tokens": usage and usage.completion_tokens,
    }


def refused(failure: Failure) -> None:
    """A request that never became an exchange."""
    level = logging.ERROR if failure.for_operator else logging.INFO
    logger.log(
        level, "%s status=%d: %s", failure.ending, failure.status, failure.diagnosis
    )


def _level(ending: Ending | None, failure: Failure | None) -> int:
    if ending is Ending.FAILED or (failure and failure.for_operator):
        return logging.ERROR
    return logging.INFO if ending in QUIET else logging.WARNING


def _seconds(value: float | None) -> str:
    return "?" if value is None else f"{value:.3f}s"


def _known(value: object) -> object:
    return "?" if value is None else value
