"""Every door, in every dialect, and whoever is not let in: over HTTP, as they are told.

The doors of an open service are walked by the tests of the dialects.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from chat.access import clients
from chat.models import Client, ClientKey, RefusalTally, RequestLog, Spending
from chat.tests.access.locked import (
    ASKING,
    LOOKING,
    SITE,
    WAYS,
    ask,
    client_with_key,
    lock,
    told,
    wait_until_known,
)
from chat.tests.serving import Service, service_for
from chat.tests.waiting import SECONDS, eventually

WRONG = "zc_" + "x" * 43
# As glm-4.6 costs, an answer of this length comes to 0.29 US dollars.
LONG = 131_072
ENOUGH_FOR_ONE = Decimal("0.40")


@pytest.fixture(autouse=True)
def _locked(settings: Any, monkeypatch: pytest.MonkeyPatch, zai: Any) -> None:
    lock(settings, monkeypatch)


@pytest.fixture(
    params=["in the process", pytest.param("in Redis", marks=pytest.mark.once)]
)
def counting(request: pytest.FixtureRequest, settings: Any) -> None:
    """Where limits and budgets are counted."""
    if request.param == "in Redis":
        server = request.getfixturevalue("redis_server")
        settings.REDIS_URL = server.url
        # Nobody was here before, whose slots at Z.AI would have to be heard of.
        server.calm()


def reasons(client: Client | None = None) -> dict[str, int]:
    """How many were turned away, as the table has it, of `client` or of nobody's."""
    found = RefusalTally.objects.filter(client_id=client.pk if client else 0)
    return dict(found.values_list("reason", "requests"))


def check_head(answer: httpx.Response, status: int) -> None:
    """What the head of every refusal has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["access-control-allow-origin"] == SITE
    assert answer.headers["x-request-id"]
    exposed = answer.headers["access-control-expose-headers"].lower().split(", ")
    wanted = {"x-request-id", "retry-after", "ratelimit", "www-authenticate"}
    assert wanted <= set(exposed)
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert ("retry-after" in answer.headers) == (status == 429)


def check_nobody_was_asked(zai: Any, log: str, *keys: str | None) -> None:
    """Neither Z.AI nor the log has anything of it, and no key is told."""
    assert zai.state()["total"] == 0
    assert not RequestLog.objects.exists()
    for key in filter(None, keys):
        assert key not in log and key[13:] not in log


# Nobody who may ask


def revoke(client: Client, key: str) -> None:
    clients.revoke_key(ClientKey.objects.get(client=client))


def expire(client: Client, key: str) -> None:
    Client.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))


def revoke_all(client: Client, key: str) -> None:
    clients.revoke_client(client)


STRANGERS = {
    "no key": (None, "no_key", None),
    "a wrong key": (None, "wrong_key", None),
    "a revoked key": (revoke, "revoked", "revoked"),
    "a revoked client": (revoke_all, "revoked", "revoked"),
    "an expired client": (expire, "expired", "expired"),
}


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_gets_the_same_401_at_every_door(
    zai: Any, caplog: pytest.LogCaptureFixture, who: str
) -> None:
    client, key = client_with_key()
    change, reason, problem = STRANGERS[who]
    if change:
        change(client, key)
    sent = {"no key": None, "a wrong key": WRONG}.get(who, key)
    caplog.set_level(logging.DEBUG)
    with service_for() as service:
        wait_until_known(key, problem)
        answers = [(way, ask(service.url, way, sent)) for way in WAYS]
        lines = [service.line() for _ in WAYS]

    bodies = set()
    for way, answer in answers:
        check_head(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
        # Of its body nothing is read: at /api/chat nobody knows whose words it has.
        dialect = "openai" if way.dialect == "openai" else "native"
        refusal = told(answer, dialect)
        code = {"openai": "invalid_api_key", "native": "unauthenticated"}[dialect]
        assert (refusal.code, refusal.type) == (code, "authentication_error"), way
        bodies.add(refusal.message)
    assert len(bodies) == 1
    assert all(f"({sent[:12]}…)" in line for line in lines) if sent else all(lines)
    assert reasons(client if change else None) == {reason: len(WAYS)}
    check_nobody_was_asked(zai, caplog.text, sent)


def test_a_right_key_opens_every_door(zai: Any) -> None:
    client, key = client_with_key()
    with service_for() as service:
        wait_until_known(key)
        for way in WAYS:
            answer = ask(service.url, way, key)
            assert answer.status_code == way.found, (way, answer.text)
            assert answer.headers["access-control-allow-origin"] == SITE
        eventually(
            lambda: RequestLog.objects.exclude(ending=None).count() >= len(ASKING)
        )
    assert set(RequestLog.objects.values_list("client", "admitted_by")) == {
        (client.pk, "key")
    }
    assert not RefusalTally.objects.exists()


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_health_asks_for_no_key(path: str) -> None:
    with service_for() as service:
        assert httpx.get(service.url + path, trust_env=False).status_code == 200


# Who may ask, and not this, or not so much


def test_what_a_client_may_not_ask_is_refused_in_every_dialect(
    zai: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client, key = client_with_key(
        allowed_models="glm-4.5-air", max_tokens=1000, refuses_unpriced=True
    )
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"model": "glm-4.6"}, "model", "model"),
        ({"model": "glm-4.5-air", "max_tokens": 1001}, "max_tokens", "max_tokens"),
    ]
    caplog.set_level(logging.DEBUG)
    with service_for() as service:
        wait_until_known(key)
        for further, param, _ in cases:
            for way in ASKING:
                answer = ask(service.url, way, key, **further)
                check_head(answer, 403)
                refusal = told(answer, way.dialect)
                assert refusal.message.startswith("This key may")
                if way.dialect != "ui-messages":
                    assert (refusal.code, refusal.type) == (
                        "not_allowed",
                        "permission_error",
                    )
                    assert answer.json()["error"]["param"] == param
    assert reasons(client) == {reason: len(ASKING) for _, _, reason in cases}
    check_nobody_was_asked(zai, caplog.text, key)


def spend(scope: str, client_id: int = 0, user_id: str = "") -> None:
    """Have 0.20 US dollars more spent today."""
    today = datetime.now(UTC).date()
    Spending.objects.create(
        period="day",
        start=today,
        scope=scope,
        client_id=client_id,
        user_id=user_id,
        requests=1,
        prompt_tokens=1,
        completion_tokens=1,
        charged_usd=Decimal("0.20"),
        estimated_usd=0,
    )


USER = "ann@example.com"
CENTS = Decimal("0.20")
# What is limited: a client's fields, settings; and of what the sentence speaks.
SPENT: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "client": ({"budget_usd_per_day": CENTS}, {}, "this key"),
    "user": ({"user_budget_usd_per_day": CENTS}, {}, "this user"),
    "service": ({}, {"CHAT_BUDGET_USD_PER_DAY": 0.2}, "the service"),
    "open": (
        {},
        {"CHAT_ACCESS": "open", "CHAT_OPEN_BUDGET_USD_PER_DAY": 0.2},
        "callers without a key",
    ),
}


@pytest.mark.parametrize("whose", SPENT)
def test_a_budget_that_is_spent_is_told_in_every_dialect(
    zai: Any, settings: Any, counting: None, whose: str
) -> None:
    fields, values, words = SPENT[whose]
    for name, value in values.items():
        setattr(settings, name, value)
    client, key = client_with_key(**fields)
    of_client = client.pk if whose in ("client", "user") else 0
    spend(whose, of_client, USER if whose == "user" else "")
    sent = None if whose == "open" else key
    with service_for() as service:
        wait_until_known(key)
        for way in ASKING:
            answer = ask(service.url, way, sent, user_id=USER)
            check_head(answer, 429)
            assert answer.headers["x-should-retry"] == "false"
            midnight = datetime.now(UTC) + timedelta(
                seconds=int(answer.headers["retry-after"])
            )
            assert midnight.hour == midnight.minute == 0
            refusal = told(answer, way.dialect)
            assert words in refusal.message
            assert "new at" in refusal.message
            code = {"native": "budget_spent", "openai": "insufficient_quota"}
            assert refusal.code == code.get(way.dialect)
        for way in LOOKING:  # costs nothing
            assert ask(service.url, way, sent).status_code == way.found
    assert reasons(client if sent else None) == {"budget_spent": len(ASKING)}
    assert zai.state()["total"] == 0 and not RequestLog.objects.exists()


@pytest.mark.parametrize("whose", ["client", "user", "address"])
def test_requests_a_minute_are_told_in_every_dialect(
    zai: Any, settings: Any, counting: None, whose: str
) -> None:
    name = {"client": "requests_per_minute", "user": "user_requests_per_minute"}
    client, key = client_with_key(**({name[whose]: 2} if whose in name else {}))
    sent: str | None = key
    if whose == "address":
        settings.CHAT_ACCESS, sent = "open", None
        settings.CHAT_OPEN_REQUESTS_PER_MINUTE = 2
    with service_for() as service:
        wait_until_known(key)
        for left in (1, 0):
            answer = ask(service.url, ASKING[0], sent, user_id=USER)
            assert answer.status_code == 200
            assert answer.headers["ratelimit-policy"] == '"requests";q=2;w=60'
            assert answer.headers["ratelimit"].startswith(f'"requests";r={left};t=')
        for way in ASKING:
            answer = ask(service.url, way, sent, user_id=USER)
            check_head(answer, 429)
            wait = int(answer.headers["retry-after"])
            assert 0 < wait <= 61
            assert answer.headers["ratelimit-policy"] == '"requests";q=2;w=60'
            assert answer.headers["ratelimit"].startswith('"requests";r=0;t=')
            assert ("x-ratelimit-limit-requests" in answer.headers) == (
                way.dialect == "openai"
            )
            if way.dialect == "openai":
                assert answer.headers["x-ratelimit-limit-requests"] == "2"
                assert answer.headers["x-ratelimit-remaining-requests"] == "0"
                assert answer.headers["x-ratelimit-reset-requests"].endswith("s")
            assert answer.headers.get("x-should-retry") != "false"
            refusal = told(answer, way.dialect)
            assert "2 times a minute" in refusal.message
            code = {"native": "rate_limited", "openai": "rate_limit_exceeded"}
            assert refusal.code == code.get(way.dialect)
        if whose == "user":  # another user has a minute of its own
            other = ask(service.url, ASKING[0], sent, user_id="another user")
            assert other.status_code == 200
    assert zai.state()["total"] == 2 + (whose == "user")
    assert reasons(client if sent else None) == {"requests_per_minute": len(ASKING)}


@contextmanager
def one_open(
    zai: Any, settings: Any, service: Service, key: str | None
) -> Iterator[None]:
    """A request that waits for Z.AI in the block; its caller leaves before the service
    stops, which would wait for it."""
    settings.CHAT_OPEN_AFTER_SECONDS = 0
    body = {
        "messages": [{"role": "user", "content": "sim:silent"}],
        **{"max_tokens": LONG, "user_id": USER},
    }
    url = f"{service.url}/api/chat"
    sent = {"Authorization": f"Bearer {key}"} if key else {}
    with (
        httpx.Client(trust_env=False, timeout=SECONDS) as client,
        client.stream("POST", url, json=body, headers=sent),
    ):
        zai.wait(lambda state: state["total"] == 1)
        yield


@pytest.mark.parametrize("whose", ["client", "user"])
def test_requests_open_at_once_are_told_in_every_dialect(
    zai: Any, settings: Any, counting: None, whose: str
) -> None:
    prefix = {"client": "", "user": "user_"}[whose]
    client, key = client_with_key(**{f"{prefix}open_at_once": 1})
    with service_for() as service:
        wait_until_known(key)
        with one_open(zai, settings, service, key):
            for way in ASKING:
                answer = ask(service.url, way, key, user_id=USER)
                check_head(answer, 429)
                refusal = told(answer, way.dialect)
                assert "1 requests open at once" in refusal.message
                code = {"native": "rate_limited", "openai": "rate_limit_exceeded"}
                assert refusal.code == code.get(way.dialect)
                assert answer.headers["retry-after"] == "5"
    assert zai.state()["total"] == 1
    assert reasons(client) == {"open_at_once": len(ASKING)}


RESERVED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "client": ({"budget_usd_per_day": ENOUGH_FOR_ONE}, {}),
    "client, a month": ({"budget_usd_per_month": ENOUGH_FOR_ONE}, {}),
    "user": ({"user_budget_usd_per_day": ENOUGH_FOR_ONE}, {}),
    "service": ({}, {"CHAT_BUDGET_USD_PER_MONTH": 0.4}),
    "open": ({}, {"CHAT_ACCESS": "open", "CHAT_OPEN_BUDGET_USD_PER_DAY": 0.4}),
}


@pytest.mark.parametrize("whose", RESERVED)
def test_what_is_only_set_aside_is_told_to_come_again(
    zai: Any, settings: Any, counting: None, whose: str
) -> None:
    fields, values = RESERVED[whose]
    for name, value in values.items():
        setattr(settings, name, value)
    client, key = client_with_key(**fields)
    sent = None if whose == "open" else key
    with service_for() as service:
        wait_until_known(key)
        with one_open(zai, settings, service, sent):
            for way in ASKING:
                answer = ask(service.url, way, sent, user_id=USER, max_tokens=LONG)
                check_head(answer, 429)
                assert answer.headers["retry-after"] == "5"
                assert answer.headers.get("x-should-retry") != "false"
                refusal = told(answer, way.dialect)
                assert "set aside" in refusal.message
                code = {"native": "rate_limited", "openai": "rate_limit_exceeded"}
                assert refusal.code == code.get(way.dialect)
            small = ask(service.url, ASKING[0], sent, user_id=USER, max_tokens=100)
            assert small.status_code == 200
    assert zai.state()["total"] == 2
    assert reasons(client if sent else None) == {"budget_reserved": len(ASKING)}
