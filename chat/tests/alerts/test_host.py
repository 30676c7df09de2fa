from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from chat.alerts.condition import Condition, Finding
from chat.alerts.host import FILE_BYTES, Episode, OfTheHost

FOUND: list[Finding] = []
LOG = Condition("log", "No log", lambda: FOUND, quiet_seconds=60)


@pytest.fixture(autouse=True)
def found() -> list[Finding]:
    FOUND[:] = [Finding("", "The disk is full.")]
    return FOUND


def earlier(folder: Path) -> None:
    """Two minutes pass."""
    path = folder / "alerts.json"
    known = msgspec.json.decode(path.read_bytes(), type=dict[str, Episode])
    for one in known.values():
        one.seen_at -= timedelta(minutes=2)
        one.next_try_at -= timedelta(minutes=2)
    path.write_bytes(msgspec.json.encode(known))


def test_of_the_processes_of_a_host_one_tells_it(
    tmp_path: Path, found: list[Finding]
) -> None:
    one, other = OfTheHost(tmp_path), OfTheHost(tmp_path)
    one.note(LOG)
    other.note(LOG)
    mine = one.take()
    assert mine and mine.message.text == "The disk is full."
    assert other.take() is None
    one.told(mine)
    assert one.take() is None and other.take() is None

    found.clear()
    other.note(LOG)
    earlier(tmp_path)
    other.note(LOG)
    over = other.take()
    assert over and over.message.heading == "Over: No log"
    other.told(over)
    assert one.take() is None
    found.append(Finding("", "Again."))
    one.note(LOG)
    again = other.take()
    assert again and again.message.text == "Again."


def test_what_was_not_taken_is_tried_again_and_said(tmp_path: Path) -> None:
    ledger = OfTheHost(tmp_path)
    ledger.note(LOG)
    mine = ledger.take()
    assert mine
    ledger.failed(mine, "receiver answered 500")
    assert ledger.take() is None
    assert "receiver answered 500; it is tried again" in next(ledger.problems())
    earlier(tmp_path)
    again = OfTheHost(tmp_path).take()
    assert again and again.tries == 2


def test_without_a_file_a_process_tells_it_for_itself(tmp_path: Path) -> None:
    folder = tmp_path / "no folder"
    folder.touch()
    ledger = OfTheHost(folder)
    ledger.prepare()
    for _ in range(2):
        ledger.note(LOG)
    mine = ledger.take()
    assert mine
    ledger.told(mine)
    ledger.note(LOG)
    assert ledger.take() is None


def test_the_file_keeps_its_size(tmp_path: Path) -> None:
    """It is written in place: a full disk takes no more."""
    ledger = OfTheHost(tmp_path)
    ledger.prepare()
    assert (tmp_path / "alerts.json").stat().st_size == FILE_BYTES
    FOUND[0] = Finding("", "x" * 2_000)
    ledger.note(LOG)
    assert (tmp_path / "alerts.json").stat().st_size == FILE_BYTES


def test_a_file_that_cannot_be_read_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "alerts.json").write_bytes(b"\xff not json")
    ledger = OfTheHost(tmp_path)
    ledger.note(LOG)
    mine = ledger.take()
    assert mine and mine.message.began_at <= datetime.now(UTC)
