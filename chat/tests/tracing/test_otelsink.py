"""Spans, as they come to a receiver that others wrote: oteltest's `otelsink`."""

import json
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chat.tests.ports import free_port, listens
from chat.tests.python_environment import python_with
from chat.tests.requestlog.closed_rows import closed
from chat.tests.serving import service_for
from chat.tests.tracing.spans import ASKED, CHAT, PARENT, TRACE, ask
from chat.tests.waiting import eventually

pytestmark = [
    pytest.mark.once,
    pytest.mark.timeout(400),
    pytest.mark.django_db(transaction=True),
]
FOLDER = Path(__file__).parent / "otelsink"


class Sink:
    def __init__(self, port: int, told: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._told = told

    def spans(self) -> list[dict[str, Any]]:
        whole = self._told.read_text().rpartition("\n")[0]  # the last may be half there
        requests = map(json.loads, whole.splitlines())
        return [
            span
            for request in requests
            for resource in request["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]


@contextmanager
def sink(told: Path) -> Iterator[Sink]:
    python = python_with(FOLDER / "requirements.lock", "otelsink")
    port = free_port()
    with (
        told.open("w") as output,
        subprocess.Popen([python, FOLDER / "sink.py", str(port)], stdout=output) as run,
    ):
        try:
            eventually(lambda: listens(port))
            yield Sink(port, told)
        finally:
            run.kill()


def test_what_others_read_of_a_request(
    zai: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    with sink(tmp_path / "told") as received:
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = received.url
        with service_for() as service:
            whole = closed(ask(service).headers["x-request-id"])
            broken = closed(ask(service, "sim:cut@3").headers["x-request-id"])
        eventually(lambda: len(received.spans()) == 4)
        found = received.spans()
    outer = {_of(span)["zai_chat.request_id"]: span for span in _named(found, CHAT)}
    assert set(outer) == {whole.pk, broken.pk}
    assert {_hex(span["traceId"]) for span in found} == {TRACE}
    assert {_hex(span["parentSpanId"]) for span in outer.values()} == {PARENT}
    inner = {span["parentSpanId"]: _of(span) for span in _named(found, ASKED)}
    told = inner[outer[whole.pk]["spanId"]]
    assert told["gen_ai.provider.name"] == "z_ai"
    assert told["gen_ai.usage.output_tokens"] == str(whole.completion_tokens)
    told = inner[outer[broken.pk]["spanId"]]
    assert told["gen_ai.response.finish_reasons"] == ["error"]


def _named(spans: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [span for span in spans if span["name"] == name]


def _of(span: dict[str, Any]) -> dict[str, Any]:
    """Its attributes; numbers are text, as JSON of protocol buffers has them."""
    return {one["key"]: _value(one["value"]) for one in span["attributes"]}


def _value(value: dict[str, Any]) -> Any:
    (kind, held), *_ = value.items()
    return [_value(one) for one in held["values"]] if kind == "arrayValue" else held


def _hex(encoded: str) -> str:
    """Ids are bytes, which that JSON has in base64."""
    return b64decode(encoded).hex()
