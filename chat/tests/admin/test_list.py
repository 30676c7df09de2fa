import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest

from chat.admin.list import paging, search, sorting, totals
from chat.ending import Ending
from chat.models import RequestLog
from chat.tests import rows
from chat.tests.admin.people import logged_in, permit

LIST = "/admin/chat/requestlog/"
NOW = datetime.now(UTC)
ACCOUNT = {"whose": "account", "ending": "upstream_rejected"}
FEBRUARY = datetime(2026, 2, 3, 23, 59, tzinfo=UTC)


def shown(browser: httpx.Client, **query: Any) -> list[str]:
    """The ids of the requests that the list shows, from the top."""
    response = browser.get(LIST, params=query)
    assert response.status_code == 200, response.headers.get("location")
    return re.findall(r' UTC · (req_\w+)"', response.text)


def link(browser: httpx.Client, words: str, **query: Any) -> dict[str, str]:
    """Where a link of the list's foot leads."""
    page = browser.get(LIST, params=query).text
    found = re.search(rf'<a href="\?([^"]*)"[^>]*>{words}</a>', page)
    return dict(httpx.QueryParams(found[1].replace("&amp;", "&"))) if found else {}


def test_a_request_is_told_in_a_row(operator: httpx.Client) -> None:
    rows.row(question="Why is the sky blue?", user_id="user-8", cost_usd="0.0123")
    page = operator.get(LIST).text
    assert '<span class="ending completed">completed</span>' in page
    assert "Why is the sky blue?" in page
    for figure in ("480 ms", "2.48 s", "12 → 50", "$0.0123", ">24<", "user-8"):
        assert figure in page, figure


def test_what_is_not_known_is_a_dash(operator: httpx.Client) -> None:
    rows.open_row()
    page = operator.get(LIST).text
    assert '<span class="ending open">open</span>' in page
    for column in ("first_word", "duration", "speed", "tokens", "cost"):
        assert f'<td class="field-{column}">–</td>' in page
    assert "$0" not in page.partition("result_list")[2]


def test_an_ending_that_others_presumed_says_so(operator: httpx.Client) -> None:
    rows.row(ending="interrupted", presumed=True)
    assert ">interrupted, presumed</span>" in operator.get(LIST).text


def test_a_failure_says_why(operator: httpx.Client) -> None:
    rows.row(ending="upstream_rejected", error_code="1302", finish_reason=None)
    page = operator.get(LIST).text
    assert "rejected by Z.AI" in page and "1302, your account" in page


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"ending": "failed"}, {"ending": "failed"}),
        ({"ending": "open"}, {"ending": None}),
        ({"ending__exact": "failed"}, {"ending": "failed"}),
        ({"model": "glm-4.5-air"}, {"model": "glm-4.5-air"}),
        ({"status": "429"}, {"status": 429}),
        ({"status": "4xx"}, {"status": 415}),
        ({"status": "5xx"}, {"status": 504}),
        ({"address": "192.0.2.1"}, {"address": "192.0.2.1"}),
        ({"user_id": "user-8"}, {"user_id": "user-8"}),
        ({"slow": "1"}, {"duration_ms": 30_000}),
        ({"costly": "1"}, {"cost_usd": "0.05"}),
        (
            {"period": "2026-02-03"},
            {"created_at": FEBRUARY},
        ),
        ({"q": "req_wanted"}, {}),
        ({"q": "2026-its-id"}, {"upstream_id": "2026-its-id"}),
        ({"q": "user-8"}, {"user_id": "user-8"}),
        ({"answer": "cut_off"}, {"answer": "cut_off"}),
        ({"answer": "partly"}, {"answer": "filtered"}),
        ({"answer": "broken_off", "status": "2xx"}, {"answer": "broken_off"}),
        ({"whose": "zai"}, {"whose": "zai"}),
        ({"whose": "account", "ending": "failures"}, ACCOUNT),
        ({"error_code": "1302"}, {"error_code": "1302"}),
        ({"answer__in": "cut_off,empty"}, {"answer": "empty"}),
        ({"q": "req_wan"}, {}),
        ({"q": "2026-its"}, {"upstream_id": "2026-its-id"}),
        ({"q": "192.0.2.1"}, {"address": "192.0.2.1"}),
        ({"q": "1302"}, {"error_code": "1302"}),
        ({"q": '"1302"'}, {"question": "What is 1302?"}),
        ({"q": "SKY blue"}, {"question": "Why is the sky so blue?"}),
        ({"q": '"sky so"'}, {"question": "Why is the sky so blue?"}),
        ({"q": "sky", "ending": "failed"}, {"question": "sky", "ending": "failed"}),
        ({"slow": "1", "costly": "1"}, {"duration_ms": 10**6, "cost_usd": "7"}),
    ],
    ids=str,
)
def test_it_is_narrowed(
    operator: httpx.Client, query: dict[str, str], fields: dict[str, Any]
) -> None:
    rows.row(question="sky", status=200)
    rows.row(id="req_wanted", **fields)
    rows.row(question="blue", duration_ms=29_999, cost_usd="0.049999")
    assert shown(operator, **query) == ["req_wanted"]


def test_failures_are_the_endings_someone_has_to_look_into(
    operator: httpx.Client,
) -> None:
    made = {ending: rows.row(ending=ending).pk for ending in (None, *Ending)}
    fine = {"completed", "finished_alone", "client_disconnected", "stopped", "refused"}
    bad = [made[ending] for ending in reversed(made) if ending and ending not in fine]
    assert len(bad) == 5
    assert shown(operator, ending="failures") == bad
    assert shown(operator, ending="failures", model="glm-4.6") == bad
    assert shown(operator, ending="failures", model="glm-4.5") == []


def test_the_list_says_whose_times_they_are(operator: httpx.Client) -> None:
    assert "Times are UTC." in operator.get(LIST).text


def test_the_last_hour_is_an_hour(operator: httpx.Client) -> None:
    # The tests may have begun a while ago.
    rows.row(id="req_new", created_at=NOW - timedelta(minutes=30))
    rows.row(id="req_old", created_at=NOW - timedelta(minutes=61))
    assert shown(operator, period="hour") == ["req_new"]
    assert shown(operator) == ["req_new", "req_old"]


@pytest.mark.parametrize(
    "query",
    [
        {"period": "yesterday"},
        {"status": "many"},
        {"status": "99999999999999999999"},
        {"address": "not an address"},
        {"ending": "happy"},
        {"whose": "nobody"},
        {"answer": "long"},
        {"before": "soon"},
        {"before": "9" * 40 + "-x"},
        {"user_id": "a\0b"},
        {"created_at__gte": "soon"},
        {"events__gte": "many"},
        {"no_such_thing": "1"},
        {"client__name": "Shop"},
        {"process__regex": "(a+)+"},
        {"sort": "cost"},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_named_and_the_rest_holds(
    operator: httpx.Client, query: dict[str, str]
) -> None:
    rows.row()
    wanted = rows.row(model="glm-4.5-air")
    query = {"model": "glm-4.5-air", **query}
    assert shown(operator, **query) == [wanted.pk]
    page = operator.get(LIST, params=query).text
    assert page.count("cannot be read") == 1
    links = page.partition('class="filters"')[2].partition("</nav>")[0]
    assert "model=glm-4.5-air" in links
    [(name, value)] = (one for one in query.items() if one[0] != "model")
    assert f"{name}={quote_plus(value)}" not in links


def test_nothing_is_done_to_more_than_was_meant(operator: httpx.Client) -> None:
    rows.row()
    form = {"action": "delete_selected", "select_across": "1", "post": "yes"}
    form["_selected_action"] = RequestLog.objects.get().pk
    response = post(operator, f"{LIST}?period=yesterday", **form)
    assert response.headers["location"] == f"{LIST}?e=1"
    assert "These are all requests." in operator.get(f"{LIST}?e=1").text
    assert RequestLog.objects.count() == 1


def test_the_search_says_what_it_took_a_word_for(operator: httpx.Client) -> None:
    rows.row(error_code="1302", ending="upstream_rejected")
    page = operator.get(LIST, params={"q": "1302"}).text
    assert "was found as an error code" in page
    assert 'href="?q=%221302%22"' in page


def test_of_many_ids_that_begin_alike_the_newest_are_found(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_ALIKE", 2)
    for number in range(4):
        rows.row(id=f"req_alike{number}")
    assert shown(operator, q="req_alike") == ["req_alike3", "req_alike2"]


def test_the_totals_of_a_filter_are_told_when_asked_for(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for whose in ("zai", "zai", "account", None):
        ending = "upstream_rejected" if whose else "completed"
        answer = None if whose else "cut_off"
        cost = None if whose else "0.25"
        rows.row(whose=whose, ending=ending, answer=answer, cost_usd=cost)
    rows.row(ending="upstream_failed", model="glm-4.5")
    assert "Failures" not in operator.get(LIST).text
    page = operator.get(LIST, params={"totals": "1", "model": "glm-4.6"}).text
    told = re.sub("<[^>]+>|\\s+", " ", page.partition('class="totals"')[2])
    told = " ".join(told.partition("</dl>")[0].split())
    expected = ["Requests 4", "48 in, 200 out", "$0.2500 for the 1", "not whole 1"]
    for words in (*expected, "Failures 3"):
        assert words in told, told
    assert "your account 1" in told and "Z.AI 2" in told
    page = operator.get(LIST, params={"totals": "1"}).text
    assert "not noted whose 1" in " ".join(re.sub("<[^>]+>", " ", page).split())
    monkeypatch.setattr(totals, "LOOKED_AT", 2)
    page = operator.get(LIST, params={"totals": "1"}).text
    assert "of the newest 2 that were looked at" in page


def test_a_day_can_be_sorted_by_cost_and_by_duration(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = NOW - timedelta(days=3)
    for number, (cost, duration) in enumerate([("1", 20), ("3", 10), ("2", None)]):
        fields = {"cost_usd": cost, "duration_ms": duration}
        rows.row(id=f"req_{number}", created_at=day, **fields)
    rows.row(cost_usd="9", duration_ms=99)
    query = {"period": str(day.date())}
    assert shown(operator, **query, sort="cost") == ["req_1", "req_2", "req_0"]
    assert shown(operator, **query, sort="duration") == ["req_0", "req_1"]
    page = operator.get(LIST, params=query).text
    assert "Dearest first" in page and "sort=duration" in page
    assert "Dearest first" not in operator.get(LIST).text
    monkeypatch.setattr(sorting, "LOOKED_AT", 2)
    assert shown(operator, **query, sort="cost") == ["req_1", "req_2"]


def test_an_older_first_word_may_have_been_a_thought(operator: httpx.Client) -> None:
    rows.row(first_sign_ms=None, first_word_ms=348)
    assert '<td class="field-first_word">≥ 348 ms</td>' in operator.get(LIST).text


def test_pages_follow_one_another_though_times_are_equal(
    operator: httpx.Client,
) -> None:
    made = [rows.row(created_at=NOW, ending="failed").pk for _ in range(120)][::-1]
    first = shown(operator, ending="failed")
    older = link(operator, "Older ›", ending="failed")
    second = shown(operator, **older)
    third = shown(operator, **link(operator, "Older ›", **older))
    assert first + second + third == made
    newer = link(operator, "‹ Newer", **link(operator, "Older ›", **older))
    assert shown(operator, **newer) == second
    assert shown(operator, **link(operator, "‹ Newer", **newer)) == first


def test_a_newer_page_that_would_be_short_is_the_newest(
    operator: httpx.Client,
) -> None:
    made = [rows.row(created_at=NOW - timedelta(days=n)) for n in range(60)]
    after = str(paging.Key.of(made[10]))
    assert shown(operator, after=after) == [row.pk for row in made[:50]]


def test_beyond_the_horizon_one_looks_on(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "HORIZON", 5)
    for n in range(12):
        rows.row(created_at=NOW - timedelta(minutes=n), question=f"number {n}.")
    query: dict[str, str] = {"q": "number 11."}
    assert shown(operator, **query) == []
    assert len(shown(operator, **link(operator, "Look further back ›", **query))) == 1


def test_nothing_found_says_so(operator: httpx.Client) -> None:
    assert "No requests." in operator.get(LIST).text


def test_the_links_of_filters_begin_at_the_top(operator: httpx.Client) -> None:
    made = [rows.row() for _ in range(3)]
    page = operator.get(LIST, params={"before": str(paging.Key.of(made[2]))}).text
    assert "before=" not in page.partition('class="filters"')[2].partition("</nav>")[0]


def test_it_is_to_read_only(operator: httpx.Client) -> None:
    request = rows.row()
    assert operator.get(f"{LIST}add/").status_code == 403
    assert "Save" not in operator.get(f"{LIST}{request.pk}/change/").text


def test_the_question_of_a_stranger_does_no_harm(operator: httpx.Client) -> None:
    rows.row(question="<script>alert(1)</script>", model="<b>", user_id="<i>-user")
    page = operator.get(LIST).text
    assert "<script>alert" not in page and "<i>" not in page
    assert "&lt;script&gt;alert" in page and "&lt;b&gt;" in page


def post(browser: httpx.Client, path: str, **form: Any) -> httpx.Response:
    browser.get(LIST)
    token = csrf(browser)
    return browser.post(path, data={"csrfmiddlewaretoken": token, **form})


def csrf(browser: httpx.Client) -> str:
    page = browser.get(LIST).text
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    return found[1] if found else ""


def test_deleting_takes_the_text_along(operator: httpx.Client) -> None:
    made = rows.conversation(2)
    form = {"action": "delete_selected", "_selected_action": [made[1].pk]}
    page = post(operator, LIST, **form).text
    assert made[1].pk in page and "Are you sure" in page
    post(operator, LIST, post="yes", **form)
    assert [row.pk for row in RequestLog.objects.all()] == [made[0].pk]
    assert "Answer 2" not in str(list(messages()))
    assert "Answer 1" in str(list(messages()))


def messages() -> list[Any]:
    from chat.models import Message

    return list(Message.objects.values_list("body", flat=True))


def test_one_is_deleted_on_its_page(operator: httpx.Client) -> None:
    request = rows.row()
    rows.text(request, [rows.HELLO])
    path = f"{LIST}{request.pk}/delete/"
    assert request.pk in operator.get(path).text
    post(operator, path, post="yes")
    assert not RequestLog.objects.exists()
    assert messages() == []


def test_a_person_is_forgotten_after_a_question(operator: httpx.Client) -> None:
    chosen, other = rows.row(user_id="user-8"), rows.row(user_id="user-8")
    kept = rows.row(user_id="user-9")
    form = {"action": "forget_people", "_selected_action": [chosen.pk]}
    assert "user-8" in post(operator, LIST, **form).text
    assert RequestLog.objects.filter(pk=other.pk).exists()
    post(operator, LIST, sure="yes", **form)
    assert [row.pk for row in RequestLog.objects.all()] == [kept.pk]


def test_who_may_only_look_cannot_delete(url: str) -> None:
    request = rows.row(user_id="user-8")
    with logged_in(url, "bob") as bob:
        assert bob.get(LIST).status_code == 403
        permit("bob", "view_requestlog")
        assert request.pk in bob.get(LIST).text
        assert "delete_selected" not in bob.get(LIST).text
        assert bob.get(f"{LIST}{request.pk}/delete/").status_code == 403
        for action in ("delete_selected", "forget_people"):
            form = {"action": action, "_selected_action": [request.pk], "sure": "yes"}
            post(bob, LIST, **form)
    assert RequestLog.objects.count() == 1


def test_where_the_address_is_shown_it_is_explained(
    operator: httpx.Client, settings: Any
) -> None:
    rows.row()
    assert "Behind a Next.js rewrite" in operator.get(LIST).text
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert "Behind a Next.js rewrite" not in operator.get(LIST).text
