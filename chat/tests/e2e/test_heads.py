"""What the head of a request tells is told before its body is read."""

import time
from typing import Any

import httpx
import pytest

from chat.tests.e2e.process import started
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.watched import Watched

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

JSON = "Content-Type: application/json"
LARGE = "Content-Length: 19000000"


@pytest.mark.parametrize(
    ("status", "method", "path", "headers"),
    [
        (404, "POST", "/api/nothing", [JSON]),
        (404, "POST", "/nothing", [JSON]),
        (405, "POST", "/health", [JSON]),
        (405, "PUT", "/api/chat", [JSON]),
        (405, "POST", "/v1/models", [JSON]),
        (415, "POST", "/api/chat", ["Content-Type: text/html"]),
        (415, "POST", "/v1/chat/completions", [JSON, "Content-Encoding: gzip"]),
        (400, "POST", "/api/chat", [JSON, "Host: elsewhere.example"]),
        (400, "POST", "/admin/login/", [JSON, "Host: elsewhere.example"]),
        (200, "GET", "/health/live", [JSON]),
    ],
)
@pytest.mark.parametrize("asks_first", [True, False])
def test_nobody_waits_for_a_body_that_nobody_wants(
    watched: Watched,
    settings: Any,
    status: int,
    method: str,
    path: str,
    headers: list[str],
    asks_first: bool,
) -> None:
    settings.CHAT_BODY_TIMEOUT_SECONDS = 60
    host = watched.service.url.removeprefix("http://")
    lines = [f"{method} {path} HTTP/1.1", LARGE, *headers]
    if not any(line.startswith("Host:") for line in lines):
        lines.append(f"Host: {host}")
    if asks_first:
        lines.append("Expect: 100-continue")
    begun = time.monotonic()
    with RawCaller(watched.service.url) as caller:
        caller.send("\r\n".join([*lines, "", ""]).encode())
        caller.read_until(b"\r\n\r\n")
        assert caller.received.startswith(f"HTTP/1.1 {status} ".encode())
    assert time.monotonic() - begun < 10


def test_a_wrong_host_is_one_line_of_the_log(tmp_path: Any) -> None:
    paths = ["/", "/admin/", "/admin/login/", "/api/chat", "/v1/models", "/api/x"]
    with started(tmp_path, CHAT_PAGE="all") as process:
        process.wait_until_it_listens()
        before = len(process.output.splitlines())
        for path in paths:
            httpx.get(
                process.url + path, headers={"Host": "evil.example"}, trust_env=False
            )
        process.end()
    lines = process.output.splitlines()[before:]
    assert "Traceback" not in process.output
    assert "You may need to add" not in process.output  # Django's words
    told = [line for line in lines if "is not in ALLOWED_HOSTS" in line]
    assert len(told) == len(paths) - 1  # there is nothing at the last, for any Host
