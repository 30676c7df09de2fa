"""An open service: what a key is to it, and what it may cost."""

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from chat.access import clients
from chat.models import ClientKey, RequestLog, Spending
from chat.tests.access.locked import (
    ASKING,
    HELLO,
    LOOKING,
    ask,
    client_with_key,
    lock,
    wait_until_known,
)
from chat.tests.requestlog.closed_rows import closed
from chat.tests.serving import Service, service_for
from chat.tests.waiting import SECONDS, eventually
from chat.web.application import service as application
from chat.web.handler import Handler


@pytest.fixture(autouse=True)
def _open(settings: Any, monkeypatch: pytest.MonkeyPatch, zai: Any) -> None:
    lock(settings, monkeypatch, CHAT_ACCESS="open")


@pytest.mark.parametrize(
    "key", [None, "unused", "sk-proj-abc", "x.y.z", "eyJ.e30.x", "EMPTY", "null", "zc"]
)
def test_whatever_clients_send_for_a_key_is_fine(
    service: Service, key: str | None
) -> None:
    for way in (*ASKING[::4], *LOOKING):
        answer = ask(service.url, way, key)
        assert answer.status_code == way.found, (way, answer.text)
        if way in ASKING:
            row = closed(answer.headers["x-request-id"])
            assert (row.admitted_by, row.client_id) == ("open", None)


def test_a_key_of_ours_has_to_hold_all_the_same(service: Service) -> None:
    client, key = client_with_key(max_tokens=5)
    wait_until_known(key)
    for way in ASKING:
        assert ask(service.url, way, key, max_tokens=6).status_code == 403
        assert ask(service.url, way, "zc_" + "x" * 43).status_code in (401, 429)
    answer = ask(service.url, ASKING[0], key)
    assert closed(answer.headers["x-request-id"]).client_id == client.pk
    clients.revoke_key(ClientKey.objects.get())
    wait_until_known(key, "revoked")
    for way in (*ASKING, *LOOKING):
        assert ask(service.url, way, key).status_code in (401, 429)


def test_who_has_a_key_does_not_spend_what_is_for_others(
    settings: Any, service: Service
) -> None:
    settings.CHAT_OPEN_BUDGET_USD_PER_DAY = 0.01
    _, key = client_with_key()
    wait_until_known(key)
    answers = [ask(service.url, ASKING[0], who, max_tokens=10) for who in (key, None)]
    rows = [closed(answer.headers["x-request-id"]) for answer in answers]
    assert [row.admitted_by for row in rows] == ["key", "open"]
    opens = Spending.objects.filter(scope="open", period="day")
    eventually(opens.exists)
    assert opens.get().charged_usd == rows[1].charged_usd
    whole = Spending.objects.get(scope="service", period="day")
    assert whole.charged_usd == sum(row.charged_usd for row in rows)
    # An answer that may cost more than a day's budget is none that fits into it.
    refused = ask(service.url, ASKING[0], None, max_tokens=131_072)
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "budget_spent"
    assert ask(service.url, ASKING[0], key, max_tokens=131_072).status_code == 200


def test_without_a_log_the_budget_is_counted_in_the_process(
    zai: Any, settings: Any
) -> None:
    settings.CHAT_REQUEST_LOG = False
    # Whatever is asked comes to less than a cent, but not for ever.
    settings.CHAT_OPEN_BUDGET_USD_PER_DAY = 0.0015
    with service_for() as service:
        statuses = []
        while len(statuses) < 50 and 429 not in statuses:
            statuses.append(ask(service.url, ASKING[2], max_tokens=400).status_code)
            service.ended()
    assert statuses[0] == 200 and statuses[-1] == 429
    assert not RequestLog.objects.exists()


def test_addresses_are_counted_as_proxies_tell_them(settings: Any, zai: Any) -> None:
    settings.CHAT_OPEN_REQUESTS_PER_MINUTE = 2
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1")]
    with service_for(app=application(Handler()), proxy_headers=False) as service:

        def status(forwarded: str) -> int:
            return httpx.post(
                f"{service.url}/api/chat",
                json=HELLO,
                headers={"X-Forwarded-For": forwarded},
                timeout=SECONDS,
                trust_env=False,
            ).status_code

        assert [status("192.0.2.1") for _ in range(3)] == [200, 200, 429]
        # What a caller says of itself stands before what the proxy has seen.
        assert status("203.0.113.77, 192.0.2.1") == 429
        assert status("192.0.2.1, 203.0.113.77") == 200
        assert status("2001:db8::1") == status("2001:db8::2") == 200
        assert status("2001:db8::3") == 429


def test_an_address_says_nothing_where_no_proxy_is_trusted(
    settings: Any, zai: Any
) -> None:
    settings.CHAT_OPEN_REQUESTS_PER_MINUTE = 2
    with service_for(proxy_headers=False) as service:
        statuses = [
            httpx.post(
                f"{service.url}/api/chat",
                json=HELLO,
                headers={"X-Forwarded-For": f"192.0.2.{number}"},
                timeout=SECONDS,
                trust_env=False,
            ).status_code
            for number in range(3)
        ]
    assert statuses == [200, 200, 429]


def test_the_budget_is_new_on_the_next_day(zai: Any, settings: Any) -> None:
    settings.CHAT_OPEN_BUDGET_USD_PER_DAY = 0.1
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    Spending.objects.create(
        period="day",
        start=yesterday,
        scope="open",
        requests=1,
        prompt_tokens=1,
        completion_tokens=1,
        charged_usd=5,
        estimated_usd=0,
    )
    with service_for() as service:
        assert ask(service.url, ASKING[0]).status_code == 200
