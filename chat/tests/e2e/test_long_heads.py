"""Heads that are too long are refused before anybody searches them."""

import time

import pytest

from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.serving import Service

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
