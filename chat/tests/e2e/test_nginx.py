"""deploy/nginx.conf, in a real nginx."""

import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat.tests.e2e.certificate import Certificate
from chat.tests.e2e.nginx_site import Site, site
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS

DOORS = ["/api/chat", "/v1/chat/completions"]


@pytest.fixture
def behind(
    service: Service, certificate: Certificate, tmp_path: Path
) -> Iterator[Site]:
    with site(tmp_path, service.url, certificate) as found:
        yield found


@pytest.fixture
def caller(certificate: Certificate) -> Iterator[httpx.Client]:
    trusted = ssl.create_default_context(cafile=certificate.authority)
    with httpx.Client(verify=trusted, trust_env=False, timeout=SECONDS) as client:
        yield client


def asked(text: str, stream: bool = False) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "stream": stream}


@pytest.mark.parametrize("door", DOORS)
def test_an_answer_in_one_piece_is_waited_for(
    behind: Site, caller: httpx.Client, door: str
) -> None:
    """For longer than `proxy_read_timeout` elsewhere, which is a second here."""
    answer = caller.post(behind.secure + door, json=asked("sim:slow-headers=2"))

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("door", DOORS)
def test_events_arrive_as_they_come(
    behind: Site, caller: httpx.Client, door: str
) -> None:
    body = asked("sim:stall=60@3", stream=True)
    with caller.stream("POST", behind.secure + door, json=body) as response:
        assert "content-encoding" not in response.headers
        read = b""
        for piece in response.iter_raw():
            read += piece
            if read.count(b"data: ") == 3:
                break  # long before the end


def test_plain_http_is_sent_to_the_name_of_the_site(behind: Site) -> None:
    answer = httpx.get(
        f"{behind.plain}/v1/models?a=b",
        headers={"Host": "elsewhere.example"},
        trust_env=False,
    )

    assert answer.status_code == 308
    assert answer.headers["location"] == "https://chat.example.com/v1/models?a=b"


def test_who_asks_too_often_is_told_so(behind: Site, caller: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as callers:
        answers = list(
            callers.map(lambda _: caller.get(behind.secure + "/v1/models"), range(60))
        )

    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert len(refused) < 45  # the burst passes
    assert refused[0].json()["error"]["code"] == "rate_limited"
    assert int(refused[0].headers["retry-after"]) > 0


def test_who_has_too_many_open_is_told_so(
    service: Service, certificate: Certificate, caller: httpx.Client, tmp_path: Path
) -> None:
    behind = site(tmp_path, service.url, certificate, limit_conn="zai_chat_open 2")
    body = asked("sim:stall=60@3", stream=True)
    with behind as found, ExitStack() as stack:
        url = found.secure + "/api/chat"
        pieces = [
            stack.enter_context(caller.stream("POST", url, json=body)).iter_raw()
            for _ in range(2)
        ]
        assert all(map(next, pieces))

        assert caller.post(url, json=asked("Hello")).status_code == 429


def test_what_the_service_says_of_429_comes_through(
    behind: Site, caller: httpx.Client, settings: Any
) -> None:
    settings.ZAI_MAX_TRIES = 1
    answer = caller.post(behind.secure + "/api/chat", json=asked("sim:error=1305"))

    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "1305"


def test_a_head_that_does_not_come_is_not_waited_for(
    service: Service, certificate: Certificate, tmp_path: Path
) -> None:
    behind = site(tmp_path, service.url, certificate, client_header_timeout="1s")
    with behind as found, RawCaller(found.plain) as caller:
        caller.send(b"GET / HTTP/1.1\r\nHost: a")

        assert b"200" not in caller.read_to_end()
