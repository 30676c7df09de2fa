"""Spans, as a receiver of OTLP gets them."""

import json
import logging
from typing import Any

import httpx
import pytest

from chat.logs import JsonFormatter, RequestIdFilter
from chat.tests.requestlog.closed_rows import closed
from chat.tests.serving import Service, service_for
from chat.tests.tracing.receiver import Received, attributes
from chat.tests.tracing.spans import ASKED, CHAT, PARENT, TRACE, ask, wait_for
from chat.tests.waiting import SECONDS

pytestmark = pytest.mark.once


def test_a_request_and_the_call_of_zai_in_the_callers_trace(
    traced: Service, received: Received
) -> None:
    row = closed(ask(traced).headers["x-request-id"])
    outer, inner = wait_for(received, CHAT), wait_for(received, ASKED)
    assert outer.trace_id.hex() == inner.trace_id.hex() == TRACE
    assert outer.parent_span_id.hex() == PARENT
    assert inner.parent_span_id == outer.span_id
    assert (outer.kind, inner.kind) == (2, 3)  # of a server, of a client
    told = attributes(outer)
    assert told["zai_chat.request_id"] == row.pk
    assert told["zai_chat.ending"] == row.ending == "completed"
    asked = attributes(inner)
    assert asked["gen_ai.provider.name"] == "z_ai"
    assert asked["gen_ai.operation.name"] == "chat"
    assert asked["gen_ai.request.stream"] is True
    assert asked["gen_ai.response.finish_reasons"] == [row.finish_reason]
    assert asked["gen_ai.usage.input_tokens"] == row.prompt_tokens
    assert asked["gen_ai.usage.output_tokens"] == row.completion_tokens
    since_asked = asked["gen_ai.response.time_to_first_chunk"]
    assert 0 <= since_asked <= (row.first_event_ms + 1) / 1000
    assert [event.name for event in inner.events] == ["try", "first_word"]
    assert outer.start_time_unix_nano <= inner.start_time_unix_nano
    assert inner.end_time_unix_nano <= outer.end_time_unix_nano
    assert received.resources[0]["service.name"] == "zai-chat"


def test_each_try_is_an_event(traced: Service, received: Received) -> None:
    row = closed(ask(traced, "sim:error=1305 sim:times=2").headers["x-request-id"])
    inner = wait_for(received, ASKED)
    tries = [attributes(event) for event in inner.events if event.name == "try"]
    assert [one["number"] for one in tries] == list(range(1, (row.tries or 0) + 1))
    assert tries[0]["code"] == "1305"


def test_what_broke_off_says_so(traced: Service, received: Received) -> None:
    ask(traced, "sim:cut@3")
    inner = wait_for(received, ASKED)
    told = attributes(inner)
    assert told["gen_ai.response.finish_reasons"] == ["error"]
    assert told["error.type"]
    assert inner.status.code == 2 == wait_for(received, CHAT).status.code


def test_what_never_came_is_an_error_too(traced: Service, received: Received) -> None:
    ask(traced, "sim:error=1211")
    told = attributes(wait_for(received, ASKED))
    assert told["gen_ai.response.finish_reasons"] == ["error"]


def test_how_it_was_asked(traced: Service, received: Received) -> None:
    ask(traced, stop=["END"], max_tokens=50, response_format={"type": "json_object"})
    told = attributes(wait_for(received, ASKED))
    assert told["gen_ai.request.stop_sequences"] == ["END"]
    assert told["gen_ai.request.max_tokens"] == 50
    assert told["gen_ai.output.type"] == "json"


def test_a_refused_request_is_a_span_and_no_fault(
    traced: Service, received: Received
) -> None:
    traced.send({"messages": "none"})
    span = wait_for(received, CHAT)
    assert attributes(span)["http.response.status_code"] == 400
    assert span.status.code == 0
    assert not received.named(ASKED)


def test_no_text_and_no_key_is_in_them(traced: Service, received: Received) -> None:
    ask(traced, "A very private question")
    wait_for(received, CHAT)
    everything = b"".join(span.SerializeToString() for span in received.spans)
    assert b"private" not in everything and b"test-secret" not in everything


def test_json_lines_carry_the_trace(traced: Service, received: Received) -> None:
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Handler()
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RequestIdFilter())
    logger = logging.getLogger("chat.exchange")
    logger.addHandler(handler)
    try:
        ask(traced)
        outer = wait_for(received, CHAT)
    finally:
        logger.removeHandler(handler)
    (line,) = map(json.loads, lines)
    assert line["trace_id"] == TRACE
    assert line["span_id"] == outer.span_id.hex()


def test_a_receiver_that_is_away_holds_nothing_up(zai: Any, settings: Any) -> None:
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:9"
    with service_for() as service:
        assert ask(service).status_code == 200


@pytest.mark.parametrize("context", ["", "x" * 5000, "00-0-0-01", "é"])
def test_a_context_that_is_none_begins_a_trace(
    traced: Service, received: Received, context: str
) -> None:
    hello = {"messages": [{"role": "user", "content": "Hello"}]}
    httpx.post(
        f"{traced.url}/api/chat",
        json=hello,
        headers={"traceparent": context.encode()},
        timeout=SECONDS,
        trust_env=False,
    )
    assert not wait_for(received, CHAT).parent_span_id
