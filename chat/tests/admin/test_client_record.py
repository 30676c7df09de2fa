"""Clients in the record: the list of requests, its export, a request, the overview."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.access.clients import add_client, revoke_client
from chat.admin.overview.access import access
from chat.models import RefusalTally
from chat.tests import rows
from chat.tests.access.spending import spend
from chat.tests.admin.people import logged_in, permit
from chat.tests.admin.test_export import as_csv, as_lines
from chat.tests.admin.test_list import LIST, shown
from chat.tests.admin.test_scale import browser, fill, look

__all__ = ["browser"]

pytestmark = pytest.mark.django_db


def test_the_list_tells_the_client_and_filters_by_it(operator: httpx.Client) -> None:
    shop, other = add_client("Shop")[0], add_client("Other <b>")[0]
    of_shop = rows.row(client=shop, admitted_by="key").pk
    of_other = rows.row(client=other, model="glm-4.5").pk
    of_none = rows.row().pk
    page = operator.get(LIST).text
    assert (
        f'<a href="{LIST}?client={shop.pk}" class="client"><bdi>Shop</bdi></a>' in page
    )
    assert "Other &lt;b&gt;" in page and "Other <b>" not in page
    assert shown(operator, client=shop.pk) == [of_shop]
    assert shown(operator, client=other.pk, model="glm-4.5") == [of_other]
    assert shown(operator, client=other.pk, model="glm-4.6") == []
    assert shown(operator, client="none") == [of_none]
    assert "client: <b>Shop</b>" in operator.get(f"{LIST}?client={shop.pk}").text
    for odd in ("x", "9" * 30, "-1", "1\0", "²"):
        answer = operator.get(LIST, params={"client": odd, "model": "glm-4.5"})
        assert (answer.status_code, of_other in answer.text) == (200, True), odd
        assert of_none not in answer.text, odd


def test_the_search_finds_a_client_by_its_name(operator: httpx.Client) -> None:
    shop, _ = add_client("Shop")
    of_shop = rows.row(client=shop).pk
    rows.row(user_id="Shop")  # of a caller who would like to be found in its place
    rows.row(question="The shop is closed")
    for words in ("Shop", "shop", " SHOP "):
        assert shown(operator, q=words) == [of_shop]


def test_the_list_asks_no_more_for_many_clients(browser: Browser) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            look(browser, {})
        return len(captured)

    rows.row(client=add_client("One")[0])
    asked()
    first = asked()
    for n in range(30):
        rows.row(client=add_client(f"Client {n}")[0])
    assert asked() == first


def test_the_export_has_client_and_charge(operator: httpx.Client) -> None:
    shop, _ = add_client("=Shop")
    charged: dict[str, Any] = {"charged_usd": Decimal("0.0042"), "is_estimated": True}
    rows.row(client=shop, admitted_by="token", cost_usd=None, **charged)
    [line] = as_lines(operator, client=shop.pk)
    assert (line["client"], line["admitted_by"]) == ("=Shop", "token")
    assert (line["charged_usd"], line["is_estimated"]) == (0.0042, True)
    [row] = as_csv(operator)
    assert (row["client"], row["charged_usd"]) == ("'=Shop", "0.004200")
    rows.row()
    assert as_lines(operator)[0]["client"] is None


def test_a_request_tells_who_and_what_was_charged(operator: httpx.Client) -> None:
    shop, _ = add_client("Shop")

    def page(**fields: Any) -> str:
        made = rows.row(client=shop, admitted_by="token", **fields)
        return operator.get(f"{LIST}{made.pk}/change/").text

    told = page(cost_usd=None, charged_usd="0.0042", is_estimated=True)
    assert ">Shop<" in told and f"/admin/chat/client/{shop.pk}/" in told
    assert "a token of a user" in told
    assert "$0.004200 charged, an estimate" in told
    assert "an estimate" not in page(charged_usd="0.0042", is_estimated=False)
    assert "charged" not in page()
    open_now = rows.open_row(client=shop, reserved_usd="0.03")
    assert "$0.0300 is set aside" in operator.get(f"{LIST}{open_now.pk}/change/").text


def test_who_may_not_see_clients_gets_no_link_to_them(url: str) -> None:
    shop, _ = add_client("Shop", budget_usd_per_day=Decimal(1))
    today = timezone.now().date()
    for scope in ("client", "service"):
        client = shop if scope == "client" else None
        spend(client, today, usd="3", scope=scope)
    made = rows.row(client=shop)
    with logged_in(url, "bob") as bob:
        permit("bob", "view_requestlog")
        page = bob.get(f"{LIST}{made.pk}/change/").text
        assert "/admin/chat/client/" not in page
        assert "Shop" not in bob.get("/admin/").text
        permit("bob", "view_client")
        assert "Shop" in bob.get("/admin/").text


NOW = datetime(2026, 11, 18, 12, 0, 30, tzinfo=UTC)
TODAY = NOW.date()


@pytest.mark.parametrize(
    ("usd", "kind", "words"),
    [
        ("19.99", "fine", "$5.01 are left"),
        ("20", "near", "$5.00 are left"),
        ("24.9", "near", "$0.1000 are left"),
        ("25", "spent", "are spent"),
        ("30", "spent", "are spent"),
    ],
)
def test_an_open_service_says_so_with_what_is_left(
    settings: Any, usd: str, kind: str, words: str
) -> None:
    settings.CHAT_ACCESS, settings.CHAT_OPEN_BUDGET_USD_PER_DAY = "open", 25
    spend(None, TODAY, scope="open", usd=usd)
    found = access(NOW, NOW, False)
    [(its_kind, said)] = found["notices"]
    assert its_kind == kind and words in said and said.startswith("CHAT_ACCESS=open")
    assert [gauge.kind for gauge in found["gauges"]] == [kind]


def test_an_open_service_without_a_budget_is_amber(settings: Any) -> None:
    settings.CHAT_ACCESS, settings.CHAT_OPEN_BUDGET_USD_PER_DAY = "open", 0
    [(kind, said)] = access(NOW, NOW, False)["notices"]
    assert kind == "near" and "no budget" in said


def test_a_locked_service_says_nothing_unless_its_page_is_open(settings: Any) -> None:
    settings.CHAT_ACCESS, settings.CHAT_PAGE = "keys", "staff"
    assert access(NOW, NOW, True)["notices"] == access(NOW, NOW, True)["gauges"] == []
    settings.CHAT_PAGE = "all"
    [(_, said)] = access(NOW, NOW, False)["notices"]
    assert said.startswith("CHAT_PAGE=all")


def test_budgets_of_the_service_and_those_nearly_spent_are_told(settings: Any) -> None:
    settings.CHAT_ACCESS, settings.CHAT_PAGE = "keys", "off"
    settings.CHAT_BUDGET_USD_PER_DAY = 10
    settings.CHAT_BUDGET_USD_PER_MONTH = 100
    month = TODAY.replace(day=1)
    spend(None, TODAY, scope="service", usd="8.5")
    spend(None, month, "month", scope="service", usd="20")
    for name, usd in (("Fine", "3.9"), ("Near", "4"), ("Spent", "5"), ("Gone", "9")):
        client, _ = add_client(name, budget_usd_per_day=Decimal(5))
        spend(client, TODAY, usd=usd)
        if name == "Gone":
            revoke_client(client)
    found = access(NOW, NOW, True)["gauges"]
    assert [(gauge.name, gauge.kind) for gauge in found] == [
        ("All requests, today", "near"),
        ("All requests, this month", "fine"),
        ("Spent, today", "spent"),
        ("Near, today", "near"),
    ]
    assert len(access(NOW, NOW, False)["gauges"]) == 2


def test_a_day_on_the_first_of_a_month_is_no_month(settings: Any) -> None:
    settings.CHAT_BUDGET_USD_PER_DAY = settings.CHAT_BUDGET_USD_PER_MONTH = 10
    settings.CHAT_ACCESS, settings.CHAT_PAGE = "keys", "off"
    first = NOW.replace(day=1)
    spend(None, first.date(), scope="service", usd="1")
    spend(None, first.date(), "month", scope="service", usd="9")
    day, month = access(first, first, False)["gauges"]
    assert (day.said, month.said) == ("$1.00 of $10.00", "$9.00 of $10.00")


def test_who_was_turned_away_is_told_by_reason(operator: httpx.Client) -> None:
    for day, client_id, count in ((0, 0, 5), (0, 3, 2), (1, 0, 10), (9, 0, 100)):
        at = timezone.now() - timedelta(days=day)
        RefusalTally.objects.create(
            day=at.date(), client_id=client_id, reason="wrong_key",
            requests=count, last_at=at,
        )  # fmt: skip
    RefusalTally.objects.create(
        day=timezone.now().date(), reason="a_new_<one>", requests=1,
        last_at=timezone.now(),
    )  # fmt: skip
    page = operator.get("/admin/?span=week").text
    told = re.findall(r'<th scope="row">([^<]*)</th><td>(\d+)</td>', page)
    assert told == [("a wrong key", "17"), ("a new &lt;one&gt;", "1")]


def test_the_overview_asks_no_more_for_many(browser: Browser) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/admin/").status_code == 200
        return len(captured)

    today = timezone.now().date()
    spend(None, today, scope="service", requests=100, usd=100)
    spend(add_client("One", budget_usd_per_day=Decimal(1))[0], today)
    asked()
    first = asked()
    fill(20)
    for n in range(30):
        client, _ = add_client(f"Client {n}", budget_usd_per_day=Decimal(1))
        spend(client, today)
    assert asked() == first
