"""No address takes all places; each is given back, however an exchange ends."""

import ipaddress
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from chat.exchange import places
from chat.exchange.register import open_exchanges
from chat.tests.serving import Service, service_for
from chat.tests.waiting import SECONDS, eventually
from chat.web.application import service as application
from chat.web.handler import Handler

DOORS = ["/api/chat", "/v1/chat/completions", "/v1/responses"]


@pytest.fixture
def shared(zai: Any, settings: Any) -> Iterator[Service]:
    """The service behind a trusted proxy, which the callers of a test are."""
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1/32")]
    settings.CHAT_MAX_OPEN_PER_ADDRESS = 2
    with service_for(app=application(Handler())) as service:
        yield service


def ask(
    service: Service, address: str, text: str = "Hello", door: str = DOORS[0]
) -> httpx.Response:
    return httpx.post(
        service.url + door,
        json={"messages": [{"role": "user", "content": text}], "input": text},
        headers={"X-Forwarded-For": address},
        timeout=SECONDS,
        trust_env=False,
    )


@pytest.fixture
def full(shared: Service) -> Iterator[ExitStack]:
    """Two places of 203.0.113.9 and two of 2001:db8:1:2::/64, taken."""
    with ExitStack() as stack:
        client = stack.enter_context(httpx.Client(timeout=SECONDS, trust_env=False))
        body = {"messages": [{"role": "user", "content": "sim:stall=60@3"}]}
        pieces = []
        for address in (
            "203.0.113.9",
            "203.0.113.9:5",
            "2001:db8:1:2::7",
            "2001:db8:1:2:8::",
        ):
            headers = {"X-Forwarded-For": address}
            url = f"{shared.url}/api/chat"
            stream = client.stream("POST", url, json=body, headers=headers)
            pieces.append(stack.enter_context(stream).iter_raw())
        assert all(map(next, pieces))
        yield stack


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8:1:2:9::1"])
def test_an_address_with_its_share_open_is_refused(
    shared: Service, address: str, door: str
) -> None:
    refused = ask(shared, address, door=door)

    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "at_capacity"
    assert int(refused.headers["retry-after"]) > 0
    assert "CHAT_MAX_OPEN_PER_ADDRESS" in shared.line()


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("address", ["203.0.113.10", "2001:db8:1:3::7", "127.0.0.1"])
def test_others_are_served(shared: Service, address: str) -> None:
    assert ask(shared, address).status_code == 200


def test_places_are_given_back(shared: Service, full: ExitStack) -> None:
    full.close()
    eventually(lambda: not open_exchanges)
    assert not places._taken
    for text in ("Hello", "sim:cut=0", "sim:cut=3", "sim:error=1113", "sim:html"):
        assert "at_capacity" not in ask(shared, "203.0.113.9", text).text
    eventually(lambda: not open_exchanges)
    assert not places._taken


@pytest.mark.usefixtures("full")
def test_no_limit(shared: Service, settings: Any) -> None:
    settings.CHAT_MAX_OPEN_PER_ADDRESS = 0

    assert ask(shared, "203.0.113.9").status_code == 200
