"""The page of a conversation: its turns, branches and callers, and what it cost."""

import re
from decimal import Decimal
from typing import Any

import httpx
import pytest

from chat.admin.conversations import page as pages
from chat.admin.conversations.turns import first_of, heads, turns_from
from chat.models import RequestLog
from chat.tests import rows

pytestmark = pytest.mark.django_db

Messages = list[dict[str, Any]]


def said(*contents: str) -> Messages:
    """Question, answer, question, and so on."""
    roles = ("user", "assistant")
    return [
        {"role": roles[n % 2], "content": content} for n, content in enumerate(contents)
    ]


def turn(*contents: str, **fields: Any) -> RequestLog:
    """A request whose answer is the last of `contents`, or that got none."""
    messages = said(*contents)
    answer = messages.pop() if len(messages) % 2 == 0 else None
    request = rows.row(question=contents[2 * ((len(contents) - 1) // 2)], **fields)
    rows.text(request, messages, answer)
    return request


def test_a_conversation_is_a_tree_whichever_of_it_is_asked_for() -> None:
    first = turn("Hello", "Hi")
    second = turn("Hello", "Hi", "And?", "So")
    again = turn("Hello", "Hi", "And?", "Or so")
    other = turn("Hello", "Hi", "But?", "No")
    third = turn("Hello", "Hi", "And?", "Or so", "Well")
    stranger = turn("Hello", "Good day")
    tree = {place.pk: (place.after, place.branch) for place in turns_from(first.pk)}
    assert tree == {
        first.pk: (None, 0),
        second.pk: (first.pk, 1),
        again.pk: (first.pk, 2),
        other.pk: (first.pk, 3),
        third.pk: (again.pk, 1),
    }
    for request in (first, second, again, other, third):
        assert first_of(request.pk) == first.pk
    assert first_of(stranger.pk) == stranger.pk
    every = [first, second, again, other, third, stranger]
    ends = [(second.pk, 2), (other.pk, 2), (stranger.pk, 1)]
    assert heads([request.pk for request in every]) == ends


def test_who_went_on_without_an_answer_is_gone_on_from_all_the_same() -> None:
    first = turn("Hello", "Hi")
    failed = turn("Hello", "Hi", "And?", ending="failed", whose="service")
    assert heads([failed.pk, first.pk]) == []
    assert [place.pk for place in turns_from(first.pk)] == [first.pk, failed.pk]


def test_the_page_has_turns_callers_and_cost(operator: httpx.Client) -> None:
    first = turn("Hello <b>", "Hi", user_id="anna", cost_usd="0.25")
    turn("Hello <b>", "Hi", "And?", "So", user_id="anna", cost_usd="0.5")
    guess = {"cost_usd": None, "charged_usd": Decimal("0.125"), "is_estimated": True}
    last = turn("Hello <b>", "Hi", "But?", "No", user_id="ben", **guess)
    page = operator.get(f"/admin/conversations/{last.pk}/").text
    assert "Hello &lt;b&gt;" in page and "<b>" not in page.partition("<h1")[2][:90]
    assert "$0.7500" in page and "≈ $0.1250" in page
    assert f'href="/admin/chat/requestlog/{first.pk}/change/"' in page
    assert ">anna<" in page and ">ben<" in page
    assert "branches off after 1" in page
    assert re.search(r"Branches\s*</dt>\s*<dd><span class=\"value\">2<", page)
    own = operator.get(f"/admin/chat/requestlog/{last.pk}/change/").text
    assert f'href="/admin/conversations/{last.pk}/"' in own


def test_a_long_one_ends_with_a_link(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_SHOWN", 3)
    made = rows.conversation(7)
    page = operator.get(f"/admin/conversations/{made[0].pk}/").text
    assert re.findall(r'id="turn-(\d)"', page) == ["1", "2", "3"]
    assert '<a href="?start=3">Further turns</a>' in page
    page = operator.get(f"/admin/conversations/{made[0].pk}/?start=6").text
    assert re.findall(r'id="turn-(\d)"', page) == ["7"]
    assert '<a href="?start=3">Earlier turns</a>' in page and "Further" not in page


def test_a_request_without_text_is_one_turn(operator: httpx.Client) -> None:
    made = rows.row()
    page = operator.get(f"/admin/conversations/{made.pk}/").text
    assert re.findall(r'id="turn-(\d)"', page) == ["1"]


def test_what_is_not_there_is_said(operator: httpx.Client) -> None:
    answer = operator.get("/admin/conversations/req_x/")
    assert answer.headers["Location"] == "/admin/"
