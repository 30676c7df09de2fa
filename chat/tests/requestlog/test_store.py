"""Records that come twice, in the wrong order, or that no database would take."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from msgspec.structs import replace

from chat.models import EndingTally, Message, RequestLog, RequestText, TimingTally
from chat.requestlog import lease
from chat.requestlog.record import Record, Text, decode_record, encode_record
from chat.tests.requestlog.making import HELLO, Asides, closing, record, said, store
from chat.tests.requestlog.sums import tallies_agree

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_row_opens_and_closes() -> None:
    keeper, opened = store(), said(HELLO)
    keeper.write([opened])
    assert RequestLog.objects.get().ending is None
    keeper.write([closing(opened)])
    assert RequestLog.objects.get().ending == "completed"
    assert tallies_agree()


@pytest.mark.parametrize("together", [True, False])
def test_an_opening_that_comes_after_the_close_changes_nothing(together: bool) -> None:
    """As it does when the disk was slow to take it."""
    keeper = store()
    opened = said(HELLO, reasoning="Hm")
    ended = closing(opened)
    opened = replace(opened, text=replace(opened.text, reasoning=""))
    batches = [[opened, ended, opened]] if together else [[ended], [opened]]
    for batch in batches:
        keeper.write(batch)
    row = RequestLog.objects.get()
    assert (row.ending, row.text.reasoning) == ("completed", "Hm")
    assert tallies_agree()


def test_a_record_that_comes_twice_counts_once() -> None:
    keeper, ended = store(), closing(said(HELLO), prompt_tokens=5)
    keeper.write([ended, ended])
    keeper.write([ended])
    assert RequestLog.objects.count() == 1
    assert EndingTally.objects.get(span=60).requests == 1
    assert tallies_agree()


def test_what_is_closed_stays_as_it_is() -> None:
    keeper, opened = store(), record()
    keeper.write([closing(opened)])
    keeper.write([closing(opened, ending="interrupted", status=None)])
    assert RequestLog.objects.get().ending == "completed"
    assert tallies_agree()


@pytest.mark.parametrize("presumed", [False, True])
@pytest.mark.parametrize("forgotten", [False, True])
def test_who_was_taken_for_dead_knows_better(forgotten: bool, presumed: bool) -> None:
    """Its own ending, with what was said, replaces the one that another guessed."""
    keeper = store()
    frozen, dead = (record(process="frozen") for _ in range(2))
    keeper.write([frozen, dead])
    everything = RequestLog.objects.all()
    assert lease.close_open_rows(everything, presumed=presumed) == 2
    if forgotten:  # minutes are kept two days only
        EndingTally.objects.filter(span=60).delete()
    opened = said(HELLO, "Hi there.", id=frozen.row.id, process="frozen")
    ended = closing(opened, duration_ms=90_000, first_word_ms=10, prompt_tokens=5)
    keeper.write([ended])
    keeper.write([ended])
    row, other = (RequestLog.objects.get(pk=one.row.id) for one in (frozen, dead))
    assert (row.ending, row.duration_ms, row.prompt_tokens) == ("completed", 90_000, 5)
    assert (row.presumed, row.error_status, row.whose) == (None, None, None)
    assert row.text.answer
    assert other.ending == "interrupted"
    hour = EndingTally.objects.filter(span=3600)
    assert dict(hour.values_list("ending", "requests")) == {
        "completed": 1,
        "interrupted": 1,
    }
    assert forgotten or tallies_agree()


def test_what_was_presumed_is_replaced_even_by_what_was_not_measured() -> None:
    keeper, opened = store(), record()
    keeper.write([opened])
    lease.close_open_rows(RequestLog.objects.all(), presumed=True)
    keeper.write([closing(opened)])
    assert RequestLog.objects.get().ending == "completed"
    assert tallies_agree()


def test_an_interruption_that_was_measured_is_the_last_word() -> None:
    keeper, opened = store(), record()
    keeper.write([closing(opened, ending="interrupted", duration_ms=10)])
    keeper.write([closing(opened, duration_ms=20)])
    assert RequestLog.objects.get().ending == "interrupted"
    assert tallies_agree()


def test_the_last_of_a_sum_takes_it_away() -> None:
    keeper, opened = store(), record()
    keeper.write([opened])
    lease.close_open_rows(RequestLog.objects.all())
    keeper.write([closing(opened, duration_ms=20)])
    assert not EndingTally.objects.filter(ending="interrupted").exists()
    assert tallies_agree()


POISON: dict[str, dict[str, Any]] = {
    "an address that is none": {"address": "testclient"},
    "a number beyond all bounds": {"prompt_tokens": 10**30},
    "a number below zero": {"prompt_tokens": -1},
    "a number that is none": {"cached_tokens": {"a": 1}},
    "no time": {"created_at": None},
}
HARMLESS: dict[str, dict[str, Any]] = {
    "NUL": {"user_agent": "a\x00b", "model": "\x00", "answered_model": "\x00"},
    "too long": {
        **dict.fromkeys(("model", "answered_model", "finish_reason"), "m" * 500),
        **dict.fromkeys(("error_code", "error_message", "upstream_id"), "e" * 900),
        **dict.fromkeys(("user_agent", "path", "question", "user_id"), "u" * 999),
    },
    "NUL in the parameters": {"parameters": {"a": "\x00 \\u0000 \\\x00"}},
}


@pytest.mark.parametrize("name", HARMLESS)
def test_oddities_fit(name: str) -> None:
    keeper, odd = store(), closing(record(), **HARMLESS[name])
    keeper.write([odd])
    assert RequestLog.objects.get().pk == odd.row.id
    assert keeper.commits == 1


def test_odd_words_fit() -> None:
    nul = {"role": "user", "content": "a\x00b \\u0000 \\\\\x00"}
    made = closing(said([nul], "c\x00d", reasoning="\x00"))
    made.text.extra = {"web_search": "\x00"}
    store().write([made])
    body = Message.objects.get(role="user").body
    assert body["content"] == "a\ufffdb \\u0000 \\\\\ufffd"
    assert RequestText.objects.get().extra == {"web_search": "\ufffd"}


@pytest.mark.parametrize("name", POISON)
def test_a_poisoned_record_spoils_it_for_nobody(name: str) -> None:
    aside = Asides()
    keeper = store()
    keeper._set_aside = aside
    before, after = closing(said(HELLO, "Hi")), closing(said(HELLO, "Hi"))
    poisoned = closing(said(HELLO, "Hi"), **POISON[name])
    keeper.write([before, poisoned, after])
    rows = dict(RequestLog.objects.values_list("pk", "ending"))
    assert rows[before.row.id] == rows[after.row.id] == "completed"
    kept = rows.get(poisoned.row.id) == "completed"
    assert kept or len(aside) == 1
    assert kept or name == "no time"


def test_words_that_cannot_be_stored_leave_their_row() -> None:
    keeper = store()
    made = closing(said([{"role": "user", "content": {1, 2}}]))
    made.text.extra = {"a": object()}
    keeper.write([made])
    assert RequestLog.objects.get().ending == "completed"
    assert not RequestText.objects.exists()


def ended_without_repeating(opened: Record, answer: str, **fields: Any) -> Record:
    """The closing as a process writes it: the opening has the conversation."""
    ended = closing(opened, **fields)
    told = {"role": "assistant", "content": answer}
    return replace(ended, text=Text(answer=told))


@pytest.mark.parametrize("way", ["together", "apart", "by another", "too late"])
def test_the_conversation_comes_with_the_opening(way: str) -> None:
    keeper, opened = store(), said(HELLO)
    ended = ended_without_repeating(opened, "Hi")
    if way == "together":
        keeper.write([opened, ended])
    elif way == "too late":
        keeper.write([ended])
        keeper.write([opened])
    else:
        keeper.write([opened])
        (store() if way == "by another" else keeper).write([ended])
    text = RequestText.objects.get()
    assert text.prompt.body == HELLO[0]
    assert text.answer.body["content"] == "Hi"
    assert (text.answer.predecessor == text.prompt) is (way != "too late")


def test_a_conversation_that_was_forgotten_meanwhile_does_not_come_back() -> None:
    keeper, opened = store(), said(HELLO)
    keeper.write([opened])
    RequestText.objects.all().delete()
    Message.objects.all().delete()
    keeper.write([ended_without_repeating(opened, "Hi")])
    assert RequestLog.objects.get().ending == "completed"
    text = RequestText.objects.first()
    assert text is None or text.prompt is None


@pytest.mark.parametrize("together", [True, False])
def test_what_was_foretold_and_did_not_come_about_is_corrected(together: bool) -> None:
    """Tokens, cost and times are other ones; however often it is read back."""
    keeper, opened = store(), said(HELLO)
    figures = {"prompt_tokens": 5, "completion_tokens": 9, "cost_usd": Decimal("0.5")}
    times = {"first_word_ms": 10, "duration_ms": 20}
    foretold = ended_without_repeating(opened, "Hi", **figures, **times)
    came = ended_without_repeating(
        opened, "Hi", ending="client_disconnected", duration_ms=900, prompt_tokens=3
    )
    corrected = replace(came, corrects=True)
    batches = [[opened, foretold, corrected]] if together else []
    for batch in batches or [[opened], [foretold], [corrected]]:
        keeper.write(batch)
    for again in [[opened, foretold], [corrected], [foretold, corrected]]:
        keeper.write(again)
    row = RequestLog.objects.get()
    assert (row.ending, row.duration_ms) == ("client_disconnected", 900)
    assert (row.prompt_tokens, row.cost_usd, row.first_word_ms) == (3, None, None)
    assert row.text.prompt and row.text.answer
    assert tallies_agree()


@pytest.mark.parametrize("left", ["nothing", "another's"])
def test_a_sum_that_was_pruned_is_not_taken_below_nought(left: str) -> None:
    keeper, opened = store(), record()
    figures = {"prompt_tokens": 50, "first_word_ms": 10, "duration_ms": 20}
    keeper.write([closing(opened, **figures)])
    EndingTally.objects.all().delete()
    TimingTally.objects.all().delete()
    if left == "another's":
        other = record(created_at=opened.row.created_at)
        keeper.write([closing(other, prompt_tokens=1, duration_ms=20)])
    figures = {"prompt_tokens": 60, "first_word_ms": 10, "duration_ms": 20}
    keeper.write([replace(closing(opened, **figures), corrects=True)])
    assert RequestLog.objects.get(pk=opened.row.id).prompt_tokens == 60
    assert EndingTally.objects.get(span=60).prompt_tokens == 60
    assert not keeper._set_aside


def test_tables_that_are_missing_are_the_databases_fault() -> None:
    """A new version may be started before its migrations: nothing must be lost."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE chat_process RENAME TO elsewhere")
        cursor.execute("ALTER TABLE chat_endingtally RENAME TO elsewhere2")
    try:
        aside = Asides()
        keeper = store()
        keeper._set_aside = aside
        with pytest.raises(Exception, match="chat_endingtally"):
            keeper.write([closing(record())])
        assert not aside
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere2 RENAME TO chat_endingtally")
            cursor.execute("ALTER TABLE elsewhere RENAME TO chat_process")


def test_a_record_survives_its_line() -> None:
    made = closing(said(HELLO, "Hi", reasoning="\u2028"), cost_usd=None)
    assert decode_record(encode_record(made)) == made


def test_many_hours_are_summed_apart() -> None:
    first = record()
    early = first.row.created_at - timedelta(hours=5)
    store().write([closing(first), closing(record(created_at=early))])
    assert tallies_agree()
    assert EndingTally.objects.filter(span=3600).count() == 2
