"""What the spans of a request say; names as OpenTelemetry's conventions have them.

Those of `gen_ai.client.inference` are in development, and here as they were in 2026;
what is ours begins with `zai_chat`. What is not known is left out.
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
# Of what broke off after it had begun.
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
            "gen_ai.request.max_tokens": given.get("max_tokens"),
            "gen_ai.request.temperature": given.get("temperature"),
            "gen_ai.request.top_p": given.get("top_p"),
            "gen_ai.response.id": outcome.upstream_id,
            "gen_ai.response.model": outcome.answered_model,
            "gen_ai.response.finish_reasons": _finish_reasons(outcome),
            "gen_ai.response.time_to_first_chunk": outcome.first_event,
            "gen_ai.usage.input_tokens": usage and usage.prompt_tokens,
            "gen_ai.usage.output_tokens": usage and usage.completion_tokens,
            "gen_ai.usage.cache_read.input_tokens": usage and usage.cached_tokens,
            "gen_ai.usage.reasoning.output_tokens": usage and usage.reasoning_tokens,
            "server.address": place.hostname,
            "server.port": place.port or PORTS.get(place.scheme),
            "error.type": _error_type(outcome),
        }
    )


def _finish_reasons(outcome: Outcome) -> list[str] | None:
    if outcome.answer == "broken_off":
        return [BROKEN_OFF]
    return [outcome.finish_reason] if outcome.finish_reason else None


def _error_type(outcome: Outcome) -> str | None:
    if outcome.whose is None:
        return None
    failure = outcome.failure
    return (failure.code or failure.type) if failure else str(outcome.ending)


def _known(attributes: Attributes) -> Attributes:
    return {name: value for name, value in attributes.items() if value is not None}
