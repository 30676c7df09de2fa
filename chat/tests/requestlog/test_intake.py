"""How much goes into one commit: what came together, and what ends soon."""

import threading
from datetime import UTC, datetime

import pytest

from chat.requestlog import intake as intakes
from chat.requestlog.intake import Intake
from chat.requestlog.item import Item
from chat.requestlog.record import Record, Row
from chat.tests.waiting import SECONDS

MANY = 500


def item(name: str, ending: str | None = None, size: int = 100) -> Item:
    row = Row(
        id=name,
        created_at=datetime.now(UTC),
        dialect="",
        path="",
        process="",
        ending=ending,
    )
    return Item(Record(row), size=size)


@pytest.fixture
def intake() -> Intake:
    return Intake()


def names(items: list[Item]) -> list[str]:
    return [one.record.row.id for one in items]


def test_an_opening_waits_for_its_closing(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intakes, "SECONDS_TO_END", SECONDS)
    intake.put(item("a"))
    taken: list[list[str]] = []
    taking = threading.Thread(
        target=lambda: taken.append(names(intake.take(SECONDS, MANY)))
    )
    taking.start()
    taking.join(2 * intakes.SECONDS_TO_GATHER)
    assert not taken
    intake.put(item("a", "completed"))
    taking.join(SECONDS)
    assert taken == [["a", "a"]]


def test_it_does_not_wait_for_ever(intake: Intake) -> None:
    intake.put(item("a"))
    assert names(intake.take(SECONDS, MANY)) == ["a"]


def test_it_does_not_wait_where_there_is_other_work(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intakes, "SECONDS_TO_END", 10 * SECONDS)
    intake.put(item("a"))
    assert names(intake.take(0.0, MANY)) == ["a"]


def test_it_does_not_wait_once_the_end_is_near(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intakes, "SECONDS_TO_END", 10 * SECONDS)
    intake.put(item("a"))
    intake.close()
    assert names(intake.take(10 * SECONDS, MANY)) == ["a"]
    assert intake.is_over


def test_it_does_not_wait_for_what_is_waited_for(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intakes, "SECONDS_TO_END", 10 * SECONDS)
    monkeypatch.setattr(intakes, "SECONDS_TO_GATHER", 10 * SECONDS)
    asked = item("a")
    asked.stored = lambda: None
    intake.put(asked)
    assert names(intake.take(10 * SECONDS, MANY)) == ["a"]


def test_a_commit_takes_so_many_at_most(intake: Intake) -> None:
    for number in range(5):
        intake.put(item(str(number)))
    assert names(intake.take(SECONDS, 3)) == ["0", "1", "2"]
    assert names(intake.take(0.0, 3)) == ["3", "4"]


def test_nothing_is_taken_in_beyond_its_bound(intake: Intake) -> None:
    assert intake.put(item("a", "completed", size=intakes.MOST_BYTES_WAITING))
    assert not intake.put(item("b"))
    intake.take(0.0, MANY)
    assert intake.put(item("b"))


def test_what_comes_after_the_last_look_is_refused(intake: Intake) -> None:
    intake.put(item("a"))
    intake.close()
    assert names(list(intake.take_last())) == ["a"]
    assert not intake.put(item("b"))
