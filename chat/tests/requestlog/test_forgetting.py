"""Deleting forgets exactly what nobody needs any more, whoever writes meanwhile."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from chat.models import (
    EndingTally,
    Message,
    Period,
    RequestLog,
    RequestText,
    Scope,
    Spending,
    TimingTally,
)
from chat.requestlog import forgetting, retention
from chat.tests import rows
from chat.tests.requestlog.making import closing, said, store
from chat.tests.requestlog.sums import tallies_agree

pytestmark = pytest.mark.django_db(transaction=True)


def nothing_dangles() -> bool:
    """Whether every message is needed, and every message needed is there."""
    messages = dict(Message.objects.values_list("id", "predecessor_id"))
    needed = {
        end
        for pair in RequestText.objects.values_list("prompt_id", "answer_id")
        for end in pair
        if end
    }
    assert needed <= messages.keys()
    reached: set[str] = set()
    for end in needed:
        step: str | None = end
        while step and step not in reached:
            reached.add(step)
            step = messages[step]
    assert reached == messages.keys()
    return True


def test_a_message_goes_with_the_last_request_that_needs_it() -> None:
    first, second, third = rows.conversation(3)
    assert Message.objects.count() == 6
    forgetting.delete_requests([third.pk])
    assert Message.objects.count() == 4
    forgetting.delete_requests([first.pk])
    assert Message.objects.count() == 4  # the second's conversation begins with them
    forgetting.delete_requests([second.pk])
    assert not Message.objects.exists()
    assert not RequestLog.objects.exists()


def test_texts_go_and_figures_stay() -> None:
    request = rows.row(ending="upstream_rejected", error_message="You said 'Hello'")
    rows.text(request, [rows.HELLO])
    refused = rows.row(ending="refused", error_message="model: expected a string.")
    assert forgetting.delete_texts([request.pk, refused.pk]) == 1
    request.refresh_from_db()
    refused.refresh_from_db()
    assert (request.question, request.error_message) == ("", None)
    assert request.completion_tokens == 50
    assert refused.error_message
    assert not Message.objects.exists()


def test_a_person_is_forgotten() -> None:
    rows.conversation(2, user_id="ada-lovelace")
    rows.conversation(3, user_id="someone-else")
    running = rows.open_row(user_id="ada-lovelace")
    assert forgetting.forget_user("ada-lovelace") == 2
    assert RequestLog.objects.filter(user_id="ada-lovelace").get() == running
    assert RequestLog.objects.filter(user_id="someone-else").count() == 3
    assert nothing_dangles()


def spent(user_id: str, start: date, scope: Scope = Scope.USER) -> None:
    Spending.objects.create(
        period=Period.DAY,
        start=start,
        scope=scope,
        client_id=1,
        user_id=user_id,
        requests=1,
        prompt_tokens=1,
        completion_tokens=1,
        charged_usd=1,
        estimated_usd=0,
    )


def test_what_a_person_spent_is_forgotten_too() -> None:
    today = datetime.now(UTC).date()
    spent("ann-01", today)
    spent("bob-01", today)
    spent("", today, Scope.CLIENT)
    forgetting.forget_user("ann-01")
    left = Spending.objects.values_list("scope", "user_id").order_by("scope")
    assert list(left) == [("client", ""), ("user", "bob-01")]


def test_what_users_spent_goes_after_two_months() -> None:
    today = datetime.now(UTC).date()
    for days in (0, 62, 63, 400):
        spent("ann-01", today - timedelta(days=days))
        spent("", today - timedelta(days=days), Scope.CLIENT)
    assert retention.prune_some() == 2
    users = Spending.objects.filter(scope=Scope.USER)
    assert {(today - one.start).days for one in users} == {0, 62}
    assert Spending.objects.filter(scope=Scope.CLIENT).count() == 4


def test_a_person_is_blanked() -> None:
    rows.conversation(2, user_id="ada-lovelace", error_message="Ada")
    done = forgetting.forget_user("ada-lovelace", forgetting.blank_requests)
    assert done == 2
    for row in RequestLog.objects.all():
        assert (row.user_id, row.address, row.user_agent) == (None, None, "")
        assert (row.question, row.error_message) == ("", None)
        assert row.completion_tokens == 50
    assert not Message.objects.exists()


def ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def aged(days: float) -> RequestLog:
    row = rows.row(created_at=ago(days))
    rows.text(row, [{"role": "user", "content": f"{days} days ago"}])
    return row


def test_what_is_old_goes_in_slices(settings: Any) -> None:
    settings.CHAT_TEXT_DAYS, settings.CHAT_LOG_DAYS = 10, 20
    for days in (5, 9, 11, 12, 19, 21, 22, 23):
        aged(days)
    slices = []
    while some := retention.prune_some(2):
        slices.append(some)
    assert slices == [2, 1, 2, 1]
    assert RequestLog.objects.count() == 5
    assert RequestText.objects.count() == 2
    assert RequestLog.objects.filter(question="").count() == 3
    assert nothing_dangles()


def test_nought_keeps(settings: Any) -> None:
    settings.CHAT_TEXT_DAYS = settings.CHAT_LOG_DAYS = 0
    aged(30_000)
    assert retention.prune_some() == 0
    assert RequestText.objects.count() == 1


def test_minutes_go_and_hours_stay() -> None:
    keeper = store()
    for days in (0, 1, 3):
        keeper.write([closing(said([rows.HELLO], "Hi", created_at=ago(days)))])
    assert tallies_agree()
    while retention.prune_some():
        pass
    assert EndingTally.objects.filter(span=60).count() == 2
    assert EndingTally.objects.filter(span=3600).count() == 3
    assert not TimingTally.objects.filter(span=60, at__lt=ago(2)).exists()


def test_the_chore_takes_its_time(settings: Any, monkeypatch: Any) -> None:
    settings.CHAT_LOG_DAYS = 1
    for _ in range(5):
        aged(2)
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    monkeypatch.setattr(retention, "SECONDS_AT_ONCE", 0)
    monkeypatch.setattr(retention.prune_some, "__defaults__", (2,))
    chore = retention.Retention()
    left = []
    for _ in range(4):
        chore.do_some()
        left.append(RequestLog.objects.count())
    assert left == [3, 1, 0, 0]
    aged(2)
    chore.do_some()  # it has just looked
    assert RequestLog.objects.count() == 1


@pytest.mark.usefixtures("postgresql")
def test_only_one_process_prunes(settings: Any) -> None:
    settings.CHAT_LOG_DAYS = 1
    for _ in range(30):
        aged(2)
    counts: list[int] = []
    inside, outside = threading.Event(), threading.Event()
    delete = forgetting.delete_requests

    def slowly(found: Any) -> int:
        inside.set()
        assert outside.wait(20)
        return delete(found)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as other:
        patch.setattr(forgetting, "delete_requests", slowly)
        first = other.submit(closing_after(lambda: counts.append(_prune(30))))
        assert inside.wait(20)
        assert _prune(30) == 0
        outside.set()
        first.result()
    assert counts == [30]


def _prune(at_once: int) -> int:
    return retention.prune_some(at_once)


def closing_after(work: Callable[[], None]) -> Callable[[], None]:
    def do() -> None:
        try:
            work()
        finally:
            connection.close()

    return do


def test_writing_and_forgetting_at_once() -> None:
    """The same few messages come and go from several connections."""
    over = time.monotonic() + 3
    written: list[str] = []
    talk = [{"role": "user", "content": f"Question {n}"} for n in range(6)]

    def write() -> None:
        keeper = store()
        number = 0
        while time.monotonic() < over:
            number += 1
            opened = [said(talk[: 1 + (number + n) % 6]) for n in range(3)]
            keeper.write(opened)
            ended = [closing(one) for one in opened]
            for one in ended:
                one.text.answer = {"role": "assistant", "content": f"{number % 4}"}
            keeper.write(ended)
            written.extend(one.row.id for one in ended)
            assert not keeper._set_aside

    def forget() -> None:
        while time.monotonic() < over:
            found = RequestLog.objects.exclude(ending=None).order_by("?")
            forgetting.delete_requests(list(found.values_list("pk", flat=True)[:5]))

    with ThreadPoolExecutor(5) as threads:
        work = [write, write, forget, forget, forget]
        for one in [threads.submit(closing_after(each)) for each in work]:
            one.result()
    assert len(written) > 20
    assert not RequestLog.objects.filter(ending=None).exists()
    assert nothing_dangles()
    # What was never deleted has its words.
    assert not RequestLog.objects.filter(text=None).exists()
