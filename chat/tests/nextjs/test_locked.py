"""The example at a service that is locked: with its key, and with tokens."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from chat.models import Client, RequestLog
from chat.tests.locked import lock, make_client
from chat.tests.nextjs.conftest import OpenTabs
from chat.tests.nextjs.signing_in import make_token_keys
from chat.tests.nextjs.site import Site
from chat.tests.nextjs.tab import EVERYWHERE, PATHS
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS, eventually

HANDLER = [(path, "handler") for path in PATHS]
WRONG = {"CHAT_KEY": "zc_" + "A" * 43}


@pytest.fixture
def client(
    request: pytest.FixtureRequest, service: Service, settings: Any
) -> tuple[Client, dict[str, str]]:
    """A client, with the terms of the test, and what its site has to know."""
    lock(settings)
    public, variables = make_token_keys()
    client, key = make_client(public_keys=public, **getattr(request, "param", {}))
    return client, {**variables, "CHAT_CLIENT": f"client-{client.pk}", "CHAT_KEY": key}


@pytest.fixture
def locked(
    request: pytest.FixtureRequest,
    client: tuple[Client, dict[str, str]],
    site: Site,
    settings: Any,
) -> Iterator[str]:
    """The address of the site of that client."""
    variables = client[1] | getattr(request, "param", {})
    with site.with_variables(**variables).served("start") as url:
        settings.CORS_ALLOWED_ORIGINS = [url]
        yield url


@pytest.fixture
def rows(client: tuple[Client, dict[str, str]]) -> Iterator[list[RequestLog]]:
    """The rows of all requests, once the test is over."""
    found: list[RequestLog] = []
    yield found
    closed = RequestLog.objects.exclude(ending=None)
    eventually(lambda: closed.count() == len(EVERYWHERE))
    found += closed
    assert {(row.client_id, row.user_id) for row in found} == {
        (client[0].pk, "user-ada")
    }
    assert Counter(row.admitted_by for row in found) == {"key": 2, "token": 4}


@pytest.mark.usefixtures("rows")
async def test_every_way_is_let_in_as_who_has_signed_in(
    open_tabs: OpenTabs, locked: str
) -> None:
    tabs = await open_tabs(locked, EVERYWHERE)
    await asyncio.gather(*(tab.ask("Hello") for tab in tabs))
    for tab in tabs:
        assert await tab.finished()
        assert not await tab.error.count()


@pytest.mark.parametrize("locked", [WRONG], indirect=True)
async def test_a_site_with_a_wrong_key_does_not_blame_its_readers(
    open_tabs: OpenTabs, locked: str
) -> None:
    for tab in await open_tabs(locked, HANDLER):
        await tab.ask("Hello")
        await expect(tab.error).to_contain_text("does not know this site")
        await expect(tab.error).to_contain_text("HTTP 401")


BOUNDS = [
    ({"user_requests_per_minute": 1}, "This user may ask 1 times a minute.", 1),
    ({"user_budget_usd_per_day": Decimal("0.00")}, "It is new at", 0),
]


@pytest.mark.parametrize(
    ("client", "sentence", "retries"),
    BOUNDS,
    indirect=["client"],
    ids=["limit", "budget"],
)
async def test_a_limit_says_when_to_ask_again_and_a_budget_offers_no_retry(
    open_tabs: OpenTabs, locked: str, cookie: str, sentence: str, retries: int
) -> None:
    body = {"messages": [{"role": "user", "content": "Hello"}]}
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as once:
        url = f"{locked}/handler/chat"
        await once.post(url, json=body, headers={"Cookie": cookie})
    for tab in await open_tabs(locked, [*HANDLER, ("/", "cors")]):
        await tab.ask("Hello")
        await expect(tab.error).to_contain_text(sentence)
        await expect(tab.error).to_contain_text("HTTP 429")
        await expect(tab.error).to_contain_text("try again ")
        retry = tab.page.get_by_role("button", name="Retry", exact=True)
        await expect(retry).to_have_count(retries)
