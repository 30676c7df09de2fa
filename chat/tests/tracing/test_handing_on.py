"""Whether Z.AI is told which trace asks."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chat.tests.serving import point_at, service_for
from chat.tests.tracing.receiver import Received
from chat.tests.tracing.spans import ASKED, CHAT, TRACE, ask, wait_for

pytestmark = pytest.mark.once


@contextlib.contextmanager
def listening(heads: list[dict[str, str]]) -> Iterator[str]:
    """A Z.AI that refuses, and puts the headers that it got into `heads`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            heads.append({k.lower(): v for k, v in self.headers.items()})
            body = b'{"error": {"code": "1214", "message": "no"}}'
            self.send_response(400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v4"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def heads(zai: Any, settings: Any) -> Iterator[list[dict[str, str]]]:
    found: list[dict[str, str]] = []
    with listening(found) as url:
        point_at(settings, url)
        yield found


def test_by_default_it_is_not(heads: list[dict[str, str]], received: Received) -> None:
    with service_for() as service:
        ask(service)
    assert heads and not {"traceparent", "tracestate"} & heads[0].keys()


def test_where_it_is_wished_by_the_span_of_its_call(
    heads: list[dict[str, str]], received: Received, settings: Any
) -> None:
    settings.ZAI_SEND_TRACE = True
    with service_for() as service:
        ask(service)
        inner = wait_for(received, ASKED)
    assert heads[0]["traceparent"] == f"00-{TRACE}-{inner.span_id.hex()}-01"
    assert heads[0]["tracestate"] == "theirs=1"
    assert inner.parent_span_id == wait_for(received, CHAT).span_id


def test_each_request_has_its_own(
    heads: list[dict[str, str]], received: Received, settings: Any
) -> None:
    settings.ZAI_SEND_TRACE = True
    with service_for() as service:
        ask(service)
        ask(service)
    told = {one["traceparent"] for one in heads}
    assert len(told) == 2
