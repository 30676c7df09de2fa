"""Heads that are too long are refused before anybody searches them."""

import time
from contextlib import ExitStack

import pytest

from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.serving import Service
from chat.web import bounded

# Django takes minutes for a megabyte of the one, Python for that of the other.
HOSTILE = [
    "Content-Type: x;" + "a;" * 500_000,
    'Cookie: c="' + '\\"' * 500_000,
    "X-Filler: " + "a" * 8_193,
    "\r\n".join(f"X-Filler-{number}: {'a' * 500}" for number in range(100)),
]


def answered(service: Service, head: bytes) -> bytes:
    with RawCaller(service.url) as caller:
        caller.send(head)
        return caller.read_until(b"\r\n\r\n")


def request(service: Service, target: str, *headers: str) -> bytes:
    host = service.url.removeprefix("http://")
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin1")


@pytest.mark.parametrize("header", HOSTILE)
@pytest.mark.parametrize("path", ["/v1/models", "/api/openapi.json"])
def test_a_long_header_is_refused(service: Service, header: str, path: str) -> None:
    began = time.monotonic()
    answer = answered(service, request(service, path, header))
    assert b" 431 " in answer.partition(b"\r\n")[0]
    assert b"connection: close" in answer.lower()
    assert time.monotonic() - began < 10


# Longer ones do not come so far: the connection itself refuses them.
@pytest.mark.parametrize("header", [header[:60_000] for header in HOSTILE[:2]])
def test_it_is_not_looked_at_elsewhere(service: Service, header: str) -> None:
    began = time.monotonic()
    assert b"/admin/login/" in answered(service, request(service, "/admin/", header))
    assert time.monotonic() - began < 10


def test_a_long_path_is_refused(service: Service) -> None:
    for target in ("/v1/models/" + "a" * 8_192, "/v1/models?" + "a" * 8_192):
        assert b" 431 " in answered(service, request(service, target))


def test_a_query_that_is_no_text_is_refused(service: Service) -> None:
    answer = answered(service, request(service, "/v1/models?\xff\xfe"))
    assert b" 400 " in answer.partition(b"\r\n")[0]


def test_a_head_as_browsers_send_it_is_answered(service: Service) -> None:
    cookies = "; ".join(f"name{number}={'a' * 90}" for number in range(40))
    head = request(service, "/v1/models", f"Cookie: {cookies}", "Accept: */*")
    assert b" 200 " in answered(service, head).partition(b"\r\n")[0]


def test_half_sent_heads_are_bounded_in_all(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "HEADS_BYTES", 20_000)
    start = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "
    with ExitStack() as stack:
        honest, long, *others = [
            stack.enter_context(RawCaller(service.url)) for _ in range(4)
        ]
        honest.send(start)
        long.send(start + b"x" * 12_000)
        for other in others:
            other.send(start + b"x" * 5_000)
        assert long.read_to_end().startswith(b"HTTP/1.1 503 ")
        honest.send(b"x\r\nConnection: close\r\n\r\n")
        assert honest.read_to_end().startswith(b"HTTP/1.1 200 ")
