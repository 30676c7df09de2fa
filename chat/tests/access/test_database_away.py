"""The database away: who is known goes on, by what is known; nobody else is let in."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from chat.access.clients import add_client, revoke_client
from chat.models import Client, Spending
from chat.requestlog.sums import start_of
from chat.tests.access.asking import asking, let_in, post, ready
from chat.tests.access.books import books_agree
from chat.tests.access.four import workers
from chat.tests.access.spending import spend
from chat.tests.requestlog.closed_rows import all_closed
from chat.tests.requestlog.outage import forwarding
from chat.tests.requestlog.processes import database_url, quick_process
from chat.tests.waiting import eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite is read from the same disk"
    ),
]

WAYS = ["cut", "hang"]
KNOWN_HOLD = "those that are known"


@pytest.mark.parametrize("way", WAYS)
def test_known_keys_and_budgets_hold(zai: Any, tmp_path: Path, way: str) -> None:
    rich, key = add_client("Rich", budget_usd_per_day=Decimal(5), open_at_once=3)
    poor, spent_key = add_client("Poor", budget_usd_per_day=Decimal("0.01"))
    spend(poor, today(), usd="0.009")
    with forwarding() as forwarder:
        url = database_url(port=forwarder.port)
        with workers(tmp_path, zai, 1, DATABASE_URL=url) as process:
            assert post(process.url, key=key).status_code == 200
            assert post(process.url, key=spent_key).status_code == 429
            all_closed(1)
            getattr(forwarder, way)()
            eventually(lambda: told_of_it(process.url))
            answers = [post(process.url, key=key) for _ in range(3)]
            assert [one.status_code for one in answers] == [200] * 3
            refused = post(process.url, key=spent_key)
            assert refused.json()["error"]["code"] == "budget_spent"
            assert post(process.url, key="zc_" + "x" * 43).status_code == 401
            with asking(process.url, 8, key=key) as many:
                assert len(let_in(many)) == 3
            revoke_client(rich)
            assert post(process.url, key=key).status_code == 200  # nobody heard of it
            forwarder.restore()
            eventually(lambda: post(process.url, key=key).status_code == 401)
            eventually(lambda: ready(process.url)["access"] == [])
            all_closed(8)
        assert process.output.count("Clients and budgets cannot be read") == 1
    assert books_agree_without(poor)


@pytest.mark.parametrize("way", WAYS)
def test_who_was_never_known_is_not_let_in(zai: Any, tmp_path: Path, way: str) -> None:
    _, key = add_client("A client")
    with forwarding() as forwarder:
        getattr(forwarder, way)()
        url = database_url(port=forwarder.port)
        locked = {"DATABASE_URL": url, "CHAT_ACCESS": "keys"}
        with quick_process(tmp_path / "a", zai, **locked) as process:
            refused = post(process.url, key=key)
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "access_unknown"
            assert int(refused.headers["retry-after"]) > 0
            assert post(process.url).status_code == 401
            assert zai.state()["total"] == 0
            assert "not known yet" in ready(process.url)["access"][0]
            forwarder.restore()
            eventually(lambda: post(process.url, key=key).status_code == 200)
            eventually(lambda: ready(process.url)["access"] == [])


@pytest.mark.parametrize("way", WAYS)
def test_an_open_service_goes_on(zai: Any, tmp_path: Path, way: str) -> None:
    """From its start; what was spent counts as soon as it can be read."""
    spend(None, today(), usd=25, scope="open")
    with forwarding() as forwarder:
        getattr(forwarder, way)()
        url = database_url(port=forwarder.port)
        with quick_process(tmp_path / "a", zai, DATABASE_URL=url) as process:
            assert [post(process.url).status_code for _ in range(3)] == [200] * 3
            forwarder.restore()
            eventually(lambda: post(process.url).status_code == 429)
            eventually(lambda: ready(process.url)["access"] == [])


def today() -> date:
    return start_of("day", timezone.now())


def told_of_it(url: str) -> bool:
    return any(KNOWN_HOLD in sentence for sentence in ready(url)["access"])


def books_agree_without(client: Client) -> bool:
    """What was made up is not in the books."""
    Spending.objects.filter(client_id=client.pk).delete()
    return books_agree()
