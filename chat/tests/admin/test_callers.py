"""The pages of callers: all of them by what they cost, and one with its days."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import httpx
import pytest

from chat.access.clients import add_client
from chat.admin.amounts import change
from chat.models import CallerKind, CallerTally
from chat.tests import rows
from chat.tests.admin.people import logged_in, permit
from chat.tests.requestlog.making import closing, record, store

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
CALLERS = "/admin/callers/"


def asked(
    usd: str = "0.5", *, days_ago: int = 0, times: int = 1, **fields: Any
) -> None:
    """Requests that cost so much each."""
    at = NOW - days_ago * DAY
    known: dict[str, Any] = {"cost_usd": Decimal(usd), "charged_usd": Decimal(usd)}
    known |= {"answered_model": "glm-4.6", "answer": "whole", "status": 200}
    here = {name: fields.pop(name) for name in CALLER if name in fields}
    made = [record(created_at=at, **here) for _ in range(times)]
    store().write([closing(one, **{**known, **fields}) for one in made])


CALLER = ("user_id", "client_id", "address", "id")


def test_callers_stand_by_what_they_cost_beside_the_days_before(
    operator: httpx.Client,
) -> None:
    shop, _ = add_client("Shop <b>")
    asked("0.5", times=2, user_id="anna", client_id=shop.pk, address="203.0.113.7")
    asked("0.25", days_ago=8, user_id="anna", client_id=shop.pk)
    asked("0.1", user_id="ben", address="203.0.113.8", is_estimated=True, cost_usd=None)
    failed = {"ending": "failed", "whose": "service", "answer": "none"}
    asked("0", user_id="ben", **failed)
    page = operator.get(f"{CALLERS}?span=week").text
    users = card(page, "Users")
    assert names(users) == ["anna", "ben"]
    assert "by Shop &lt;b&gt;" in users and "Shop <b>" not in page
    assert "$1.00" in users and "+300 %" in users
    assert "≈ $0.1000" in users and "new" in users
    assert names(card(page, "Addresses")) == ["203.0.113.7", "203.0.113.8"]
    clients = card(page, "Clients")
    assert names(clients) == ["Shop &lt;b&gt;"] and "without a client" in clients


def test_the_figures_of_a_caller_lead_to_their_rows(operator: httpx.Client) -> None:
    asked(times=2, user_id="anna/?&x", id="req_a")
    asked(user_id="anna/?&x", client_id=1, id="req_b")
    asked("0", user_id="ben", ending="failed", whose="service", id="req_c")
    users = card(operator.get(CALLERS).text, "Users")
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', users)]
    lists = [link for link in links if "requestlog" in link]
    listed = [
        set(re.findall(r"req_[abc]\b", operator.get(link).text)) for link in lists
    ]
    assert {"req_a"} in listed and {"req_b"} in listed and {"req_c"} in listed


def test_the_page_of_a_caller(operator: httpx.Client) -> None:
    asked("0.5", times=3, user_id="anna")
    asked("0.25", user_id="anna", days_ago=9, answered_model="glm-5")
    failed = {"ending": "upstream_rejected", "whose": "zai", "error_code": "1305"}
    asked("0", times=2, user_id="anna", answer="none", **failed)
    asked("9", user_id="anna", client_id=3)  # another anna
    last = rows.conversation(4, user_id="anna")[-1]
    page = operator.get(f"{CALLERS}user/", params={"id": "anna"}).text
    assert "$1.75" in page and "$1.50" in page and "+500 %" in page
    assert ">glm-4.6</a>" in page and ">glm-5</a>" in page
    assert "Z.AI is overloaded." in page and "Of their latest 10 requests." in page
    assert f"/admin/conversations/{last.pk}/" in page and "<td>4</td>" in page
    assert "user_id=anna&amp;client=none" in page
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize(
    "path",
    ["user/", "user/?client=x&id=a", "address/?id=x", "client/?id=1", "nobody/?id=a",
     "client/?client=0", "user/?client=9999999999999999999&id=a"],
)  # fmt: skip
def test_what_is_no_caller_is_not_found(operator: httpx.Client, path: str) -> None:
    assert operator.get(CALLERS + path).status_code == 404


def test_who_may_see_callers(url: str) -> None:
    shop, _ = add_client("Shop")
    asked(user_id="anna", client_id=shop.pk)
    conversation = rows.conversation(2, user_id="anna")[-1]
    of_anna = f"{CALLERS}user/?id=anna"
    pages = [CALLERS, of_anna, f"/admin/conversations/{conversation.pk}/"]
    with logged_in(url, "clerk") as clerk:
        assert {clerk.get(page).status_code for page in pages} == {403}
        permit("clerk", "view_requestlog")
        assert {clerk.get(page).status_code for page in pages} == {200}
        assert "Shop" not in clerk.get(CALLERS).text
        assert clerk.get(f"{CALLERS}client/?client={shop.pk}").status_code == 404
        texts = [clerk.get(page).text for page in pages]
        assert not any("Question 2" in text for text in texts)
        permit("clerk", "view_requesttext")
        texts = [clerk.get(page).text for page in pages[1:]]
        assert all("Question 2" in text for text in texts)


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        ("2", "1", "+100 %"),
        ("1", "2", "−50 %"),
        ("1", "1", "±0 %"),
        ("1", "0", "new"),
        ("0", "0", "–"),
        ("40", "1", "40 times"),
    ],
)
def test_changes_in_words(now: str, then: str, words: str) -> None:
    assert change(Decimal(now), Decimal(then)) == words


def test_those_who_are_not_shown_are_told_together(operator: httpx.Client) -> None:
    for number in range(7):
        asked(f"0.{9 - number}", user_id=f"user-{number}")
    users = card(operator.get("/admin/?span=day").text, "Users")
    assert names(users) == [f"user-{number}" for number in range(5)]
    assert re.search(r"all others.*\$0\.7000", users, re.S)
    assert CallerTally.objects.filter(kind=CallerKind.USER, span=3600).count() == 7


def card(page: str, title: str) -> str:
    found = re.search(rf"<h2>{title}</h2>.*?</section>", page, re.S)
    assert found, title
    return found[0]


def names(card: str) -> list[str]:
    return re.findall(r'<th scope="row"><a [^>]*><bdi>(.*?)</bdi>', card)
