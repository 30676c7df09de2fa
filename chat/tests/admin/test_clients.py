"""Clients in the admin: the list, the page of one, and changing them."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection, connections
from django.db.models.signals import pre_save
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.access.clients import add_client, make_key, revoke_client, revoke_key
from chat.models import Client, RefusalTally
from chat.tests import rows
from chat.tests.access.spending import spend
from chat.tests.access.test_clients import pem
from chat.tests.admin.people import logged_in, permit
from chat.tests.admin.test_scale import browser

__all__ = ["browser"]

LIST = "/admin/chat/client/"
HOSTILE = [
    "<script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    "\u202etxt.exe \u2066",
    "🦊" * 100,
    "مستخدم جديد",
    "{{ 7|add:7 }} {% url %} %s %(a)s",
    "'\" onmouseover=alert(1) x='",
]


def page_of(client: Client) -> str:
    return f"{LIST}{client.pk}/"


def post(browser: httpx.Client, path: str, **form: Any) -> httpx.Response:
    page = browser.get("/admin/").text
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    return browser.post(path, data={"csrfmiddlewaretoken": found[1], **form})


def names(answer: httpx.Response) -> list[str]:
    return re.findall(rf'<a href="{LIST}\d+/"><bdi>([^<]*)</bdi>', answer.text)


def test_the_list_tells_what_each_costs(operator: httpx.Client) -> None:
    today = timezone.now().date()
    shop, _ = add_client("Shop")
    beginning = make_key(shop)[:12]
    spend(shop, today, requests=1_234, usd="3.25")
    spend(shop, today.replace(day=1), "month", requests=56_789, usd="88.5")
    spend(None, today, scope="service", usd="999")
    rows.row(client=shop, created_at=timezone.now() - timedelta(minutes=7))
    page = operator.get(LIST).text
    for words in ("$3.25", "1,234", "$88.50", "56,789", f"{beginning}…", "7 min"):
        assert words in page, words
    assert '<span class="state active">active</span>' in page
    assert "$999" not in page


def test_the_list_filters_by_state_and_searches(operator: httpx.Client) -> None:
    shop, key = add_client("Shop", notes="beside the basket")
    gone, _ = add_client("Gone")
    keyless, _ = add_client("Keyless")
    late, _ = add_client("Late")
    Client.objects.filter(pk=late.pk).update(expires_at=timezone.now())
    revoke_client(gone)
    revoke_key(keyless.keys.get())
    for state, name in (
        ("active", "Shop"),
        ("revoked", "Gone"),
        ("no_key", "Keyless"),
        ("expired", "Late"),
    ):
        assert names(operator.get(LIST, params={"state": state})) == [name]
    for words in ("sho", "basket", key[:10]):
        assert names(operator.get(LIST, params={"q": words})) == ["Shop"]
    assert operator.get(LIST, params={"state": "odd"}).status_code == 302
    assert operator.get(LIST, params={"q": "\0"}).status_code == 200


def test_the_list_can_be_put_in_order_of_cost(operator: httpx.Client) -> None:
    today = timezone.now().date()
    for name, usd in (("A", "1"), ("B", "3"), ("C", "2")):
        spend(add_client(name)[0], today, usd=usd)
    assert names(operator.get(LIST, params={"o": "-3"})) == ["B", "C", "A"]


def test_the_list_asks_as_often_for_many_as_for_one(browser: Browser) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(LIST).status_code == 200
        return len(captured)

    add_client("One")
    asked()  # what is remembered of the first time
    first = asked()
    for n in range(30):
        make_key(add_client(f"Client {n}")[0])
    assert asked() == first


def test_a_page_has_figures_limits_and_users(operator: httpx.Client) -> None:
    today = timezone.now().date()
    month = today.replace(day=1)
    shop, _ = add_client(
        "Shop", budget_usd_per_day=Decimal(5), open_at_once=4, requests_per_minute=20
    )
    before = month - timedelta(days=1)
    Client.objects.filter(pk=shop.pk).update(created_at=timezone.now() - timedelta(70))
    spend(shop, today, requests=12, usd="4.2", estimated="0.7")
    spend(shop, month, "month", requests=40, usd="11")
    spend(shop, before.replace(day=1), "month", requests=100, usd="30")
    spend(shop, month, "month", scope="user", user_id="ada", requests=7, usd="6.5")
    spend(shop, month, "month", scope="user", user_id="", requests=3, usd="1")
    spend(shop, before.replace(day=1), "month", scope="user", user_id="old", usd="9")
    rows.open_row(client=shop, reserved_usd="0.30")
    rows.row(client=shop)
    refused = {"day": today, "last_at": timezone.now()}
    RefusalTally.objects.create(
        client_id=shop.pk, reason="budget_spent", requests=37, **refused
    )
    RefusalTally.objects.create(client_id=0, reason="no_key", requests=523, **refused)
    page = operator.get(page_of(shop)).text
    for words in (
        "$4.20", "$0.7000 of it estimated", "$11.00", "$41.00", "140 <small>requests",
        "$4.20 of $5.00, $0.3000 set aside for what is open", "$0.5000 left",
        "1 of 4", "3 left", "2 of 20", "budget spent", "37", "ada", "$6.50",
        "(no user_id)", "Requests a day", "Cost a day",
        f"?client={shop.pk}&amp;user_id=ada", f"client-{shop.pk}", "zai-chat",
    ):  # fmt: skip
        assert words in page, words
    assert "old" not in re.findall(r'dir="auto">(\w+)<', page)
    assert ">523<" not in page


@pytest.mark.parametrize(
    ("usd", "kind"),
    [("7.99", "fine"), ("8", "near"), ("9.99", "near"), ("10", "spent")],
)
def test_a_budget_is_amber_at_80_percent_and_red_when_spent(
    operator: httpx.Client, usd: str, kind: str
) -> None:
    shop, _ = add_client("Shop", budget_usd_per_day=Decimal(10))
    spend(shop, timezone.now().date(), usd=usd)
    assert f'<div class="gauge {kind}">' in operator.get(page_of(shop)).text


def test_a_page_of_a_client_that_did_nothing(operator: httpx.Client) -> None:
    page = operator.get(page_of(add_client("New")[0])).text
    assert "never" in page and "Neither a limit nor a budget" in page
    assert "Requests a day" not in page


def test_a_page_asks_as_often_for_much_as_for_little(browser: Browser) -> None:
    shop, _ = add_client("Shop", open_at_once=2, budget_usd_per_day=Decimal(1))

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(page_of(shop)).status_code == 200
        return len(captured)

    asked()  # what is remembered of the first time
    first = asked()
    today = timezone.now().date()
    for n in range(28):
        spend(shop, today - timedelta(days=n))
        spend(shop, today.replace(day=1), "month", scope="user", user_id=f"user-{n}")
        rows.row(client=shop)
    assert asked() == first <= 20


def test_there_is_no_such_client(operator: httpx.Client) -> None:
    for pk in ("1", "9" * 18, "9" * 40, "0"):
        for path in ("", "key/", "revoke/", "change/", "history/", "key/1/revoke/"):
            assert operator.get(f"{LIST}{pk}/{path}").status_code == 302, (pk, path)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_are_words(operator: httpx.Client, name: str) -> None:
    shop, _ = add_client("Shop", budget_usd_per_day=Decimal("0.01"))
    Client.objects.update(name=name, notes=name, allowed_models=name)
    shop.refresh_from_db()
    today = timezone.now().date()
    spend(shop, today, usd="2")
    spend(None, today, scope="service", usd="2")
    user = name[:128]
    spend(shop, today.replace(day=1), "month", scope="user", user_id=user)
    row = rows.row(client=shop, user_id=user, id="req_hostile")
    post(operator, f"{page_of(shop)}change/", **form_of(shop, notes="other"))
    is_turned = "\u202e" in name  # a form takes no such name, Django's pages show it
    changing = ["key", "revoke", *([] if is_turned else ["change", "history"])]
    for path in (
        LIST,
        f"{LIST}?q={name[:1]}",
        page_of(shop),
        *(f"{page_of(shop)}{part}/" for part in changing),
        "/admin/",
        "/admin/admin/logentry/",
        "/admin/chat/requestlog/",
        f"/admin/chat/requestlog/?client={shop.pk}",
        f"/admin/chat/requestlog/{row.pk}/change/",
    ):
        answer = operator.get(path)
        assert answer.status_code == 200, path
        # But where they stand in a field, to be changed or searched for.
        said = re.sub(
            r'value="[^"]*"|<textarea.*?</textarea>', "", answer.text, flags=re.S
        )
        assert "\u202e" not in said, path
        for raw in ("<script>alert", "<img src=x", "<script>", " onclick=", " style="):
            assert raw not in answer.text, (path, raw)
        if "<" not in name and "'" not in name and "\u202e" not in name:
            assert name in answer.text or path.endswith("logentry/"), path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy


def form_of(client: Client, **changed: Any) -> dict[str, Any]:
    """What the form of a client sends, but for `changed`."""
    form = {
        field.name: getattr(client, field.name)
        for field in Client._meta.fields
        if field.editable and field.name not in ("id", "created_at", "expires_at")
    }
    form = {k: v for k, v in form.items() if v is not None and v is not False}
    return {**form, "expires_at_0": "", "expires_at_1": "", **changed}


def test_a_change_is_held_and_told_from_what_to_what(operator: httpx.Client) -> None:
    shop, _ = add_client("Shop", budget_usd_per_day=Decimal(5), notes="secret plans")
    form = form_of(
        shop,
        name="Store",
        budget_usd_per_day="50",
        user_open_at_once="3",
        notes="other plans",
        allowed_models=" glm-4.6\r\n\r\nglm-4.6\nglm-4.5-air ",
        public_keys=pem(),
    )
    answer = post(operator, f"{page_of(shop)}change/", **form)
    assert answer.headers["location"] == page_of(shop)
    shop.refresh_from_db()
    assert (shop.name, shop.user_open_at_once) == ("Store", 3)
    assert shop.allowed_models == "glm-4.6\nglm-4.5-air"
    entry = LogEntry.objects.get()
    said = entry.get_change_message()
    assert "name from Shop to Store" in said
    assert "budget a day from 5.00 to 50" in said
    assert "requests open at once of each user from – to 3" in said
    assert "plans" not in said and "BEGIN" not in said
    assert said in operator.get(f"{page_of(shop)}history/").text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("public_keys", "ssh-ed25519 AAAA", "Public keys are in PEM"),
        ("allowed_models", "a" * 101, "longer than 100"),
        ("max_tokens", "0", "greater than or equal to 1"),
        ("budget_usd_per_day", "-1", "greater than or equal to 0"),
        ("budget_usd_per_day", "1e30", "no more than"),
        ("open_at_once", "9" * 30, "less than or equal"),
        ("name", "a\0b", "Null characters"),
        ("name", "", "required"),
        ("name", "a\u202eb", "cannot be seen"),
        ("expires_at_0", "soon", "valid date"),
    ],
)
def test_what_is_no_limit_is_said_beside_its_field(
    operator: httpx.Client, field: str, value: str, said: str
) -> None:
    shop, _ = add_client("Shop")
    answer = post(
        operator, f"{page_of(shop)}change/", **form_of(shop, **{field: value})
    )
    assert answer.status_code == 200 and said in answer.text
    assert Client.objects.filter(name="Shop", max_tokens=None).exists()


@contextmanager
def somebody_taking(name: str) -> Iterator[None]:
    """Somebody else stores a client of that name once a form was looked at."""

    def come_first(**_: Any) -> None:
        with ThreadPoolExecutor(1) as somebody:
            # Which sends no signal.
            somebody.submit(Client.objects.bulk_create, [Client(name=name)]).result()
            somebody.submit(connections.close_all).result()

    pre_save.connect(come_first, Client)
    try:
        yield
    finally:
        pre_save.disconnect(come_first, Client)


@pytest.mark.parametrize("path", ["add/", "{other}/change/"])
def test_a_name_that_somebody_took_meanwhile_is_said_beside_its_field(
    operator: httpx.Client, path: str
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("it has one writer at a time")
    other, _ = add_client("Other")
    with somebody_taking("Shop"):
        form = form_of(other, name="Shop")
        answer = post(operator, LIST + path.format(other=other.pk), **form)
    assert answer.status_code == 200
    assert "Client with this Name already exists." in answer.text
    assert sorted(Client.objects.values_list("name", flat=True)) == ["Other", "Shop"]
    assert not LogEntry.objects.exists()


def test_who_may_only_look_sees_and_changes_nothing(url: str) -> None:
    shop, _ = add_client("Shop", public_keys=pem())
    key = shop.keys.get()
    changing = ["change/", "key/", "revoke/", f"key/{key.pk}/revoke/"]
    with logged_in(url, "bob") as bob:
        permit("bob", "view_requestlog")
        for path in (LIST, page_of(shop), f"{page_of(shop)}change/", f"{LIST}add/"):
            assert bob.get(path).status_code == 403, path
        assert "Clients" not in bob.get("/admin/").text
        permit("bob", "view_client")
        page = bob.get(page_of(shop)).text
        assert names(bob.get(LIST)) == ["Shop"] and "Shop" in page
        assert "Revoke" not in page and "New key" not in page
        assert "Add client" not in bob.get(LIST).text
        for path in changing[1:]:
            assert bob.get(f"{page_of(shop)}{path}").status_code == 403
        for path in changing:
            answer = post(bob, f"{page_of(shop)}{path}", **form_of(shop, name="Mine"))
            assert answer.status_code == 403, path
        assert post(bob, f"{LIST}add/", name="Mine").status_code == 403
        assert bob.get(f"{page_of(shop)}change/").status_code == 200  # to read
    assert list(Client.objects.values_list("name", "revoked_at")) == [("Shop", None)]
    assert LogEntry.objects.count() == 0


def test_nobody_deletes(operator: httpx.Client) -> None:
    shop, _ = add_client("Shop")
    assert operator.get(f"{page_of(shop)}delete/").status_code == 403
    assert post(operator, f"{page_of(shop)}delete/", post="yes").status_code == 403
    form = {"action": "delete_selected", "_selected_action": [shop.pk], "post": "yes"}
    post(operator, LIST, **form)
    assert "Delete" not in operator.get(LIST).text
    assert "Delete" not in operator.get(f"{page_of(shop)}change/").text
    assert Client.objects.get() == shop
