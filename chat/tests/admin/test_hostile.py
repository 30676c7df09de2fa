"""What strangers said can be looked at, whatever it was, and costs little."""

import json
import re
from typing import Any

import httpx
import pytest
from django.db import connection, transaction

from chat.models import RequestLog, RequestText
from chat.requestlog import chain, statements
from chat.tests import rows
from chat.tests.admin import hostile
from chat.tests.admin.people import logged_in, permit

LIST = "/admin/chat/requestlog/"
MOST_BYTES = 1_300_000
HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def stored(*messages: dict[str, Any], **fields: Any) -> RequestLog:
    """A request with its text as the log itself would have stored it."""
    request = rows.row(**fields)
    links = chain.links(messages)
    with transaction.atomic(), connection.cursor() as cursor:
        statements.insert_links(cursor, links)
    text = rows.text(request, [], answer=None)
    RequestText.objects.filter(pk=text.pk).update(prompt_id=links[-1].id)
    return request


def page(browser: httpx.Client, request: RequestLog) -> httpx.Response:
    return browser.get(f"{LIST}{request.pk}/change/")


@pytest.mark.parametrize("name", hostile.LARGE)
def test_no_request_makes_a_large_page(operator: httpx.Client, name: str) -> None:
    request = stored(*hostile.LARGE[name])
    response = page(operator, request)
    assert response.status_code == 200
    assert len(response.content) < MOST_BYTES
    assert f"{LIST}{request.pk}/raw/jsonl/" in response.text


@pytest.mark.parametrize("name", hostile.STRANGE)
def test_no_request_makes_a_page_fail(operator: httpx.Client, name: str) -> None:
    messages = hostile.STRANGE[name]
    request = stored(
        *messages,
        question="\u202e" + hostile.planes()[1:150],
        model="\u202eglm",
        user_id="\u2066user-8",
        user_agent="\u202e\x7f",
        error_message="\u202e<b>",
    )
    for path in (
        LIST,
        f"{LIST}?model=%E2%80%AEglm",
        f"{LIST}?user_id=%E2%81%A6user-8",
        f"{LIST}?q=%E2%80%AE",
        f"{LIST}{request.pk}/change/",
        f"{LIST}{request.pk}/delete/",
        f"{LIST}{request.pk}/history/",
        "/admin/",
        "/admin/now/",
        "/admin/admin/logentry/",
    ):
        response = operator.get(path)
        assert response.status_code == 200, path
        # What a form takes back has to be as it was.
        shown = re.sub(r' value="[^"]*"', "", response.text)
        assert not HIDDEN.findall(shown), path


@pytest.mark.parametrize("name", hostile.STRANGE)
def test_no_request_makes_an_export_fail(operator: httpx.Client, name: str) -> None:
    request = stored(*hostile.STRANGE[name])
    for path in ("export/jsonl/?text=1", f"{request.pk}/raw/jsonl/"):
        [line] = operator.get(f"{LIST}{path}").content.splitlines()
        assert b'"messages": [{' in line
    assert operator.get(f"{LIST}export/csv/?text=1").content.count(b"\r\n") >= 2
    assert operator.get(f"{LIST}{request.pk}/raw/json/").status_code == 200


def test_what_is_turned_around_is_written_out(operator: httpx.Client) -> None:
    text = page(operator, stored(hostile.user("\u202etxt.exe"))).text
    assert "\\u202etxt.exe" in text and "\u202e" not in text


def test_a_large_message_is_named_and_led_to(operator: httpx.Client) -> None:
    request = stored(hostile.user("word " * 500_000), hostile.user("And this?"))
    text = page(operator, request).text
    assert "A message of 2.5 MB is not shown here" in text
    assert "And this?" in text
    [line] = operator.get(f"{LIST}{request.pk}/raw/jsonl/").text.splitlines()
    messages = json.loads(line)["messages"]
    assert [len(m["content"]) for m in messages] == [2_500_000, 9]


def test_an_image_is_on_the_page_once(operator: httpx.Client) -> None:
    part = {"type": "image_url", "image_url": {"url": hostile.IMAGE}}
    said = hostile.user([part, {"type": "text", "text": f"![x]({hostile.IMAGE})"}])
    request = stored(said, hostile.user("Why?"), said)
    text = page(operator, request).text
    assert text.count(hostile.IMAGE) == 1
    assert (
        "Image 1</a>, which is on this page once" in text and "(image 1 again)" in text
    )
    assert f"--data-binary @{request.pk}.json" in text
    body = operator.get(f"{LIST}{request.pk}/raw/json/").json()
    assert body["messages"] == [said, hostile.user("Why?"), said]
    assert (body["model"], body["temperature"]) == ("glm-4.6", 0.7)


def test_a_text_of_megabytes_beside_it_does_not_hide_the_rest(
    operator: httpx.Client,
) -> None:
    request = stored(hostile.user("Short question"))
    RequestText.objects.filter(pk=request.pk).update(
        reasoning="thought " * 500_000, extra={"web_search": ["found"] * 300_000}
    )
    text = page(operator, request).text
    assert len(text) < 100_000
    assert "Short question" in text and "Reasoning of 4 MB is not shown" in text
    assert "What also came of 2.7 MB is not shown" in text


def test_the_raw_request_is_for_those_who_may_look(url: str) -> None:
    request = stored(hostile.user("Hello"))
    path = f"{LIST}{request.pk}/raw/jsonl/"
    with httpx.Client(base_url=url, trust_env=False) as stranger:
        assert stranger.get(path).status_code == 302
    with logged_in(url, "bob") as bob:
        assert bob.get(path).status_code == 403
        permit("bob", "view_requestlog")
        assert bob.get(path).status_code == 403
        permit("bob", "view_requesttext")
        assert bob.get(path).status_code == 200
        assert bob.get(f"{LIST}nothing/raw/jsonl/").status_code == 404
        assert bob.get(f"{LIST}{request.pk}/raw/xlsx/").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "question__regex=(((",
        "question__iregex=%5B",
        "created_at__year=99999999999",
        "created_at__gte=0001-01-01T00:00:00-14:00",
        "created_at__gte=2026-01-01",
        "created_at__date=x",
        "duration_ms__gt=99999999999999999999999",
        "cost_usd__lt=NaN",
        "parameters__a__b__c=1",
        "parameters__has_key=%00",
        "parameters=%7B",
        "id__in=%00,a",
        "id=%00",
        "question__contains=%00",
        "question=%ED%A0%80",
        "text__reasoning__contains=a",
        "address__startswith=%00",
        "address=1.2.3.4%00",
        "streamed__exact=maybe",
        "status=9999999",
        "status=%F0%9F%92%A5",
        "model=%00",
        "period=9999-99-99",
        "before=%00-%00",
        "before=1-%ED%A0%80",
        "q=%00",
        "q=%22",
        "q=%27%5C%27",
        "q=" + "a+" * 2_000,
        "q=%ED%A0%80",
        "slow=%00",
        "_to_field=%00",
        "_popup=1",
        "o=99999999999999999999",
        "p=99999999999999999999",
        "all=%00",
        "e=1&" + "&".join(f"x{n}=1" for n in range(900)),
    ],
    ids=lambda query: query[:30],
)
def test_no_filter_makes_the_list_or_an_export_fail(
    operator: httpx.Client, query: str
) -> None:
    rows.row()
    for path in (LIST, f"{LIST}export/jsonl/", "/admin/admin/logentry/", "/admin/"):
        assert operator.get(f"{path}?{query}").status_code in (200, 302, 400)
