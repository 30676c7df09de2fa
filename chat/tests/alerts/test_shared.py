import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from chat.alerts.condition import Condition, Finding
from chat.alerts.message import Taken
from chat.alerts.shared import Shared
from chat.alerts.trying import MOST_TRIES
from chat.models import Alert

pytestmark = pytest.mark.django_db

FOUND: list[Finding] = []
SICK = Condition("sick", "It is sick", lambda: FOUND, quiet_seconds=60)


@pytest.fixture(autouse=True)
def found() -> list[Finding]:
    FOUND[:] = [Finding("", "It coughs.")]
    return FOUND


def earlier(time: timedelta = timedelta(minutes=2)) -> None:
    """Time passes."""
    Alert.objects.update(
        seen_at=F("seen_at") - time, next_try_at=F("next_try_at") - time
    )


def taken() -> Taken:
    found = Shared().take()
    assert found
    return found


def test_it_begins_once_and_is_over_once(found: list[Finding]) -> None:
    ledger = Shared()
    ledger.note(SICK)
    ledger.note(SICK)
    first = taken()
    assert (first.message.heading, first.message.text) == ("It is sick", "It coughs.")
    ledger.told(first)
    assert ledger.take() is None

    found.clear()
    ledger.note(SICK)
    assert Alert.objects.filter(ended_at=None).exists(), "it may come back"
    earlier()
    ledger.note(SICK)
    second = taken()
    assert second.message.heading == "Over: It is sick"
    ledger.told(second)
    assert ledger.take() is None

    found.append(Finding("", "It coughs again."))
    ledger.note(SICK)
    assert taken().message.text == "It coughs again."


def test_what_goes_on_is_not_over() -> None:
    ledger = Shared()
    for _ in range(3):
        ledger.note(SICK)
        earlier()
    assert Alert.objects.get().ended_at is None


def test_what_is_wrong_at_the_same_time_is_told_apart(found: list[Finding]) -> None:
    found.append(Finding("foot", "It limps."))
    ledger = Shared()
    ledger.note(SICK)
    assert {taken().message.text, taken().message.text} == {"It coughs.", "It limps."}
    found.pop()
    earlier()
    ledger.note(SICK)
    assert Alert.objects.get(ended_at=None).said == "It coughs."


def test_who_takes_a_message_has_it_alone_for_a_while() -> None:
    Shared().note(SICK)
    taken()
    assert Shared().take() is None
    earlier()  # and nothing was heard: whoever had it has died
    assert taken().tries == 2


def test_what_was_not_taken_is_tried_again_later_and_not_for_ever() -> None:
    ledger = Shared()
    ledger.note(SICK)
    for tries in range(1, MOST_TRIES + 1):
        one = taken()
        assert one.tries == tries
        ledger.failed(one, "receiver answered 500")
        assert ledger.take() is None
        earlier(timedelta(minutes=6))
    assert ledger.take() is None
    assert list(ledger.problems()) == [
        "An alert could not be sent (It is sick): receiver answered 500; it is not"
        " tried any more."
    ]


def test_a_beginning_is_told_before_its_end(found: list[Finding]) -> None:
    ledger = Shared()
    ledger.note(SICK)
    found.clear()
    earlier()
    ledger.note(SICK)
    for heading in ("It is sick", "Over: It is sick"):
        one = taken()
        assert one.message.heading == heading
        ledger.told(one)
    assert ledger.take() is None


def test_what_is_long_over_is_deleted() -> None:
    Shared().note(SICK)
    Alert.objects.update(ended_at=timezone.now() - timedelta(days=91))
    Shared().prune()
    assert not Alert.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_time_one_tells_it() -> None:
    told: list[Taken] = []
    together = threading.Barrier(6)

    def look() -> None:
        try:
            together.wait()
            for _ in range(5):
                Shared().note(SICK)
                if one := Shared().take():
                    told.append(one)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    assert Alert.objects.count() == 1
