"""What the spans of a request say; names as OpenTelemetry's conventions have them.

Those of `gen_ai.client.inference` are in development, and here as their first release
of their own has them (0.1.0, 2026); what is ours begins with `zai_chat`. What is not
known is left out.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from chat.conversation import ChatRequest
from chat.exchange.outcome import Outcome
from chat.exchange.visit import Visit

# No name for Z.AI is in the list of providers: one's own is allowed.
PROVIDER = "z_ai"
PORTS = {"https": 443, "http": 80}
# Of an answer that never came, or broke off.
BROKEN_OFF = "error"

Attributes = dict[str, Any]


def of_request(visit: Visit) -> Attributes:
    """Return what is known as it comes."""
    return _known(
        {
            "http.request.method": "POST",
            "url.path": visit.path,
            "zai_chat.request_id": visit.request_id,
            "zai_chat.dialect": visit.dialect,
        }
    )


def of_end(outcome: Outcome) -> Attributes:
    """Return what is known of a request once it has ended."""
    return _known(
        {
            "http.response.status_code": outcome.status,
            "zai_chat.ending": str(outcome.ending),
            "zai_chat.answer": str(outcome.answer),
            "zai_chat.whose": outcome.whose and str(outcome.whose),
            "zai_chat.tries": outcome.tries,
            "zai_chat.waited": outcome.waited,
            "zai_chat.added": outcome.added,
            "error.type": _error_type(outcome),
        }
    )


def of_inference(asked: ChatRequest, outcome: Outcome, base_url: str) -> Attributes:
    """Return what is known of the call of Z.AI, all tries together."""
    place, usage = urlsplit(base_url), outcome.usage
    given: Mapping[str, Any] = asked.parameters
    return _known(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": PROVIDER,
            "gen_ai.request.model": asked.model,
            "gen_ai.request.stream": asked.stream or None,
            "gen_ai.conversation.id": asked.chat_id or None,
            "gen_ai.output.type": _output_type(given.get("response_format")),
            "gen_ai.request.max_tokens": given.get("max_tokens"),
            "gen_ai.request.reasoning.level": given.get("reasoning_effort"),
            "gen_ai.request.seed": given.get("seed"),
            "gen_ai.request.stop_sequences": given.get("stop"),
            "gen_ai.request.temperature": given.get("temperature"),
            "gen_ai.request.top_p": given.get("top_p"),
            "gen_ai.response.id": outcome.upstream_id,
            "gen_ai.response.model": outcome.answered_model,
            "gen_ai.response.finish_reasons": finish_reasons(outcome),
            "gen_ai.response.time_to_first_chunk": _first_chunk(asked, outcome),
            "gen_ai.usage.input_tokens": usage and usage.prompt_tokens,
            "gen_ai.usage.output_tokens": usage and usage.completion_tokens,
            "gen_ai.usage.cache_read.input_tokens": usage and usage.cached_tokens,
            "gen_ai.usage.reasoning.output_tokens": usage and usage.reasoning_tokens,
            "server.address": place.hostname,
            "server.port": place.port or PORTS.get(place.scheme),
            "error.type": _error_type(outcome),
        }
    )


def finish_reasons(outcome: Outcome) -> list[str] | None:
    """Return why the answer is over: `error` where none that was due has come."""
    if outcome.finish_reason and outcome.answer != "broken_off":
        return [outcome.finish_reason]
    return [BROKEN_OFF] if outcome.answer in ("broken_off", "none") else None


def _output_type(wanted: Any) -> str | None:
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    return {"json_object": "json", "text": "text"}.get(kind or "")


def _first_chunk(asked: ChatRequest, outcome: Outcome) -> float | None:
    """Since Z.AI was asked first; the outcome's times are since the exchange began."""
    if not asked.stream or outcome.first_event is None or not outcome.attempts:
        return None
    return max(0.0, outcome.first_event - outcome.attempts[0].start / 1000)


def _error_type(outcome: Outcome) -> str | None:
    if outcome.whose is None:
        return None
    failure = outcome.failure
    return (failure.code or failure.type) if failure else str(outcome.ending)


def _known(attributes: Attributes) -> Attributes:
    return {name: value for name, value in attributes.items() if value is not None}
