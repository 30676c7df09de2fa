"""What is said at the start of who may ask, and what stops it."""

import asyncio
import logging
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.core.checks import run_checks

from chat.access import clients, watch
from chat.access.clients import add_client
from chat.access.unlogged import BUDGETS
from chat.tests.access.locked import ASKING, ask, lock, wait_until_known
from chat.tests.ports import free_port
from chat.tests.serving import service_for
from config.asgi import application


def errors() -> list[str]:
    found = [m for m in run_checks() if m.id == "chat.E004"]
    return [message.msg for message in found]


async def begun() -> list[dict[str, Any]]:
    """What a server hears of a service that is started, and stopped at once."""
    told: list[dict[str, Any]] = []
    asked = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, Any]:
        return {"type": next(asked)}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    scope: dict[str, Any] = {"type": "lifespan"}
    await application(scope, receive, send)
    return told


@pytest.mark.parametrize("budget", BUDGETS)
def test_a_budget_that_nothing_adds_up_stops_the_start(
    zai: Any, settings: Any, budget: str
) -> None:
    client, _ = add_client("Shop", **{budget: Decimal(5)})
    assert not errors()
    settings.CHAT_REQUEST_LOG = False
    [message] = asyncio.run(begun())
    assert message["type"] == "lifespan.startup.failed"
    assert f"Client {client.pk}" in message["message"]
    assert "CHAT_REQUEST_LOG" in message["message"]
    assert errors() == [message["message"]]
    clients.revoke_client(client)
    assert not errors()
    assert [m["type"] for m in asyncio.run(begun())] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_other_limits_need_no_log(zai: Any, settings: Any) -> None:
    add_client("Shop", requests_per_minute=3, user_open_at_once=1, max_tokens=9)
    settings.CHAT_REQUEST_LOG = False
    assert not errors()
    with service_for() as service:
        assert service.post().status_code == 200


SAID = "everyone who can reach this service may spend"


@pytest.mark.parametrize(
    ("values", "words", "level"),
    [
        ({}, f"{SAID} up to 25 US dollars a day (CHAT_OPEN_BUDGET", logging.INFO),
        ({"CHAT_OPEN_BUDGET_USD_PER_DAY": 0.5}, "up to 0.5 US", logging.INFO),
        ({"CHAT_OPEN_BUDGET_USD_PER_DAY": 0}, "any amount", logging.WARNING),
        ({"CHAT_ACCESS": "keys"}, None, None),
        ({"ZAI_API_KEY": "simulator.key"}, None, None),
    ],
)
def test_an_open_service_says_in_one_line_what_it_may_cost(
    zai: Any,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    values: dict[str, Any],
    words: str | None,
    level: int | None,
) -> None:
    caplog.set_level(logging.INFO)
    for name, value in values.items():
        setattr(settings, name, value)
    with service_for():
        found = [r for r in caplog.records if SAID in r.getMessage()]
    assert [record.levelno for record in found] == ([level] if level else [])
    assert all(words in record.getMessage() for record in found if words)


def test_redis_that_is_away_stops_nobody_and_is_told(
    zai: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(settings, monkeypatch, REDIS_URL=f"redis://:pass-word@127.0.0.1:{free_port()}")
    _, key = add_client("Shop", requests_per_minute=2)
    with service_for() as service:
        wait_until_known(key)
        asked = [ask(service.url, way, key).status_code for way in ASKING[:3]]
        ready = httpx.get(f"{service.url}/health/ready", trust_env=False)
        [problem] = watch.problems()
    assert asked == [200, 200, 429]
    assert ready.status_code == 200
    assert ready.json()["access"] == [problem]
    assert "Redis does not count" in problem and "pass-word" not in problem
