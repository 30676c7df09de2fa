import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from chat.admin.download import Download
from chat.admin.list import export
from chat.admin.list.export import COLUMNS, TEXT_COLUMNS
from chat.tests import rows
from chat.tests.admin.people import logged_in, permit

EXPORT = "/admin/chat/requestlog/export/"
NOW = datetime.now(UTC)


def as_csv(browser: httpx.Client, **query: Any) -> list[dict[str, str]]:
    response = browser.get(f"{EXPORT}csv/", params=query)
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"].startswith("attachment; filename=")
    text = response.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_lines(browser: httpx.Client, **query: Any) -> list[Any]:
    response = browser.get(f"{EXPORT}jsonl/", params=query)
    assert response.headers["content-type"].startswith("application/x-ndjson")
    return [msgspec.json.decode(line) for line in response.text.splitlines()]


def test_every_column_is_there(operator: httpx.Client) -> None:
    made = rows.row(question="Grüße, 你好\nnext line", cost_usd="0.000117")
    [line] = as_lines(operator)
    assert line["id"] == made.pk
    assert line["cost_usd"] == 0.000117
    assert line["parameters"] == {"temperature": 0.7, "max_tokens": 2048}
    assert datetime.fromisoformat(line["created_at"]) == made.created_at
    [row] = as_csv(operator)
    assert list(row) == list(line)
    assert row["question"] == "Grüße, 你好\nnext line"


def test_how_it_ended_is_there_beside_what_was_said(operator: httpx.Client) -> None:
    names = {"error_status": 502, "whose": "zai", "repaired_names": "look"}
    names |= {"presumed": True}
    rows.text(rows.row(answer="broken_off", **names), [rows.HELLO])
    [line] = as_lines(operator, text="1")
    assert {**line, **names, "answer_state": "broken_off", "answer": rows.HI} == line
    assert as_lines(operator)[0]["answer_state"] == "broken_off"
    assert len({*COLUMNS, *TEXT_COLUMNS}) == len([*COLUMNS, *TEXT_COLUMNS])


def test_unknown_is_empty(operator: httpx.Client) -> None:
    rows.open_row()
    assert as_lines(operator)[0]["cost_usd"] is None
    assert as_csv(operator)[0]["cost_usd"] == ""


@pytest.mark.parametrize("start", [*"=+-@\t\r", *"＝＋－＠"])
def test_a_spreadsheet_runs_nothing(operator: httpx.Client, start: str) -> None:
    rows.row(question=f"{start}cmd|' /C calc'!A0")
    assert as_csv(operator)[0]["question"].startswith(f"'{start}cmd")
    assert as_lines(operator)[0]["question"].startswith(f"{start}cmd")


def test_the_text_comes_if_asked_for(operator: httpx.Client) -> None:
    request = rows.row()
    rows.text(request, [rows.HELLO], reasoning="=thought")
    rows.row(created_at=NOW - timedelta(days=1))
    told, silent = as_lines(operator, text="1")
    assert told["messages"] == [rows.HELLO]
    assert (told["answer"], told["reasoning"]) == (rows.HI, "=thought")
    assert silent["messages"] is None
    first = as_csv(operator, text="1")[0]
    assert msgspec.json.decode(first["answer"]) == rows.HI
    assert first["reasoning"] == "'=thought"
    assert "messages" not in as_lines(operator)[0]


def test_only_what_is_filtered_comes_and_in_order(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "SLICE", 3)
    made = [
        rows.row(created_at=NOW - timedelta(days=n // 4), ending="failed").pk
        for n in range(8)
    ]
    rows.row()
    found = [line["id"] for line in as_lines(operator, ending="failed")]
    assert sorted(found) == made
    assert found == [row["id"] for row in as_csv(operator, ending="failed")]


def test_the_buttons_keep_the_filters(operator: httpx.Client) -> None:
    page = operator.get("/admin/chat/requestlog/?ending=failed").text
    assert f'href="{EXPORT}csv/?ending=failed"' in page
    assert f'href="{EXPORT}jsonl/?ending=failed&amp;text=1"' in page


def test_nothing_is_a_header(operator: httpx.Client) -> None:
    assert operator.get(f"{EXPORT}csv/").content.startswith(
        b"\xef\xbb\xbfid,created_at,"
    )
    assert operator.get(f"{EXPORT}jsonl/").text == ""
    assert operator.get(f"{EXPORT}xlsx/").status_code == 404


def test_it_is_sent_while_it_is_read(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first part is here before the second is asked of the database."""
    monkeypatch.setattr(export, "SLICE", 1)
    gone = [rows.row(created_at=NOW - timedelta(days=n)) for n in range(2)][1]
    asked: list[int] = []
    real = Download._next

    def once(self: Download) -> Any:
        asked.append(1)
        if len(asked) > 2:  # the first is the heading
            assert may_go_on.wait(20)
        return real(self)

    import threading

    may_go_on = threading.Event()
    monkeypatch.setattr(Download, "_next", once)
    with operator.stream("GET", f"{EXPORT}jsonl/") as response:
        parts = response.iter_lines()
        next(parts)
        may_go_on.set()
        assert msgspec.json.decode(next(parts))["id"] == gone.pk


def test_it_is_for_those_who_may_look(url: str) -> None:
    with httpx.Client(base_url=url, trust_env=False) as stranger:
        assert stranger.get(f"{EXPORT}csv/").status_code == 302
    with logged_in(url, "bob") as bob:
        assert bob.get(f"{EXPORT}csv/").status_code == 403
        permit("bob", "view_requestlog")
        assert bob.get(f"{EXPORT}csv/").status_code == 200


def test_nonsense_leads_back_to_the_list_which_says_what_it_was(
    operator: httpx.Client,
) -> None:
    response = operator.get(f"{EXPORT}csv/?period=soon&ending=failed")
    assert response.status_code == 302
    page = operator.get(response.headers["location"]).text
    assert "cannot be read" in page and "soon" in page


def test_tools_and_formats_come_with_the_text(operator: httpx.Client) -> None:
    request = rows.row(user_id="user-8")
    words = {
        "tools": [{"type": "function"}],
        "response_format": {"type": "json_object"},
    }
    rows.text(request, [rows.HELLO], extra={"parameters": words, "web_search": []})
    sent = {**request.parameters, **words, "user_id": "user-8"}
    assert as_lines(operator, text="1")[0]["parameters"] == sent
    assert as_lines(operator)[0]["parameters"] == request.parameters
    assert msgspec.json.decode(as_csv(operator, text="1")[0]["parameters"]) == sent


def test_an_older_row_says_whose_it_was_as_the_list_does(
    operator: httpx.Client,
) -> None:
    rows.row(ending="upstream_rejected", error_code="1302", finish_reason=None)
    rows.row(finish_reason="length")
    cut, rejected = as_lines(operator)
    assert (cut["answer_state"], cut["whose"]) == ("cut_off", None)
    assert rejected["whose"] == "account"


def test_tries_come_as_they_were(operator: httpx.Client) -> None:
    rows.row(attempts='[{"start":1,"end":5,"code":"1302"},{"start":9,"end":20}]')
    assert [one.get("code") for one in as_lines(operator)[0]["attempts"]] == [
        "1302",
        None,
    ]
    rows.row()
    assert as_lines(operator)[0]["attempts"] is None
