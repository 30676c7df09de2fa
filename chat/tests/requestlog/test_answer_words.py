"""The words of answers are kept where the operator wants them, and found."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from chat.models import RequestLog
from chat.requestlog import answer_words
from chat.requestlog.answer_words import find, taken_apart
from chat.requestlog.forgetting import delete_requests, delete_texts
from chat.tests.requestlog.making import HELLO, closing, said, store

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _empty(settings: Any) -> None:
    settings.ADMIN_SEARCH_ANSWERS = True
    answer_words.clear()


def answered(answer: str, minutes: int = 0) -> str:
    at = NOW - timedelta(minutes=minutes)
    key = f"req_{int(at.timestamp() * 1000):011x}{secrets.token_hex(8)}"
    store().write([closing(said(HELLO, answer, id=key, created_at=at))])
    return key


@pytest.mark.parametrize(
    ("term", "is_found"),
    [
        ("heat", True),
        ("HEAT pump", True),
        ('"heat pump"', True),
        ('"pump heat"', False),
        ("heat boat", False),
        ("pum", False),
        ("Wärmepumpe", True),
        ("热泵", True),
        ("泵热", False),
        ("ポンプ", True),
        ("foo_bar", True),
        ("example.com/a", True),
        ("3.14", True),
        ("NOT heat OR *", False),
        ('"', False),
        ("' & ! | :* (", False),
        ("", False),
    ],
)
def test_words_of_many_languages_are_found(term: str, is_found: bool) -> None:
    key = answered(
        "A Heat pump (Wärmepumpe) is 热泵, ヒートポンプ. See http://example.com/a?b=3.14"
        " and `foo_bar`."
    )
    answered("Something else.")
    assert find(term, 10) == ([key] if is_found else [])


def test_the_newest_come_first_and_no_more_than_wanted() -> None:
    keys = [answered("the same", minutes) for minutes in (3, 2, 1)]
    assert find("same", 2) == keys[:0:-1]


def test_an_answer_that_is_stored_again_is_found_once() -> None:
    opened = said(HELLO, "one word")
    keeper = store()
    for _ in range(2):
        keeper.write([closing(opened)])
    assert find("word", 9) == [opened.row.id]


@pytest.mark.parametrize("delete", [delete_texts, delete_requests])
def test_what_is_forgotten_is_not_found(delete: Any) -> None:
    gone, kept = answered("secret"), answered("secret")
    delete([gone])
    assert find("secret", 9) == [kept]


def test_nothing_is_kept_unless_it_is_wanted(settings: Any) -> None:
    settings.ADMIN_SEARCH_ANSWERS = False
    key = answered("afterwards")
    with pytest.raises(CommandError):
        call_command("index_answers")
    settings.ADMIN_SEARCH_ANSWERS = True
    assert find("afterwards", 9) == []
    call_command("index_answers")
    assert find("afterwards", 9) == [key]
    call_command("index_answers", "--clear")
    assert find("afterwards", 9) == []


def test_a_table_that_is_at_fault_hinders_no_row(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert answer_words.is_there()  # which is asked once
    monkeypatch.setattr(answer_words, "TABLE", "chat_nowhere")
    key = answered("words")
    monkeypatch.undo()
    row = RequestLog.objects.get(pk=key)
    assert row.ending == "completed" and row.text.answer
    assert "cannot be kept" in caplog.text


def test_a_long_answer_takes_no_more_than_the_database_takes() -> None:
    text = " ".join(f"word{n}" for n in range(200_000))
    key = answered(text)
    assert find("word17", 9) == [key]
    assert len(taken_apart("a " * 10**6)) == answer_words.MOST_CHARACTERS // 2


def test_without_the_table_there_is_no_such_search() -> None:
    assert answer_words.is_there()
    with connection.cursor() as cursor:
        answer_words.forget(cursor, [])
    assert find("nothing of the kind", 9) == []
