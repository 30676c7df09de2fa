"""`manage.py prune` and `manage.py forget`."""

import io
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chat.models import Message, RequestLog, RequestText
from chat.requestlog.journal import Journal
from chat.requestlog.lines import line_of
from chat.requestlog.spool import Spool
from chat.requestlog.store import Store
from chat.tests import rows
from chat.tests.requestlog.making import HELLO, append, closing, put, said
from chat.tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, no_color=True)
    return out.getvalue()


@pytest.fixture
def old(settings: Any) -> None:
    settings.CHAT_TEXT_DAYS, settings.CHAT_LOG_DAYS = 10, 20
    for days in (1, 11, 12, 21):
        at = datetime.now(UTC) - timedelta(days=days)
        rows.text(rows.row(created_at=at), [rows.HELLO])


@pytest.mark.usefixtures("old")
def test_a_dry_run_deletes_nothing() -> None:
    said = run("prune", "--dry-run")
    assert "CHAT_LOG_DAYS keeps 20 days: requests to delete: 1." in said
    assert "CHAT_TEXT_DAYS keeps 10 days: further texts to delete: 2." in said
    assert "Nothing was deleted." in said
    assert RequestText.objects.count() == 4


@pytest.mark.usefixtures("old")
def test_prune(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.management.commands.prune.AT_ONCE", 1)
    monkeypatch.setattr("chat.management.commands.prune.SAY_EVERY", 1)
    said = run("prune")
    assert "1 of 3 deleted ..." in said
    assert "Done." in said
    assert (RequestLog.objects.count(), RequestText.objects.count()) == (3, 1)


def test_prune_where_all_is_kept(settings: Any) -> None:
    settings.CHAT_TEXT_DAYS = settings.CHAT_LOG_DAYS = 0
    rows.text(rows.row(), [rows.HELLO])
    assert "keeps for ever: requests to delete: 0." in run("prune")
    assert RequestText.objects.count() == 1


@pytest.fixture
def ada() -> None:
    rows.conversation(2, user_id="ada-lovelace")
    rows.conversation(1, user_id="someone-else")


@pytest.mark.usefixtures("ada")
def test_forget() -> None:
    said = run("forget", "ada-lovelace", "--yes")
    assert "ada-lovelace made 2 requests that have ended." in said
    assert "2 requests deleted." in said
    assert RequestLog.objects.get().user_id == "someone-else"
    assert Message.objects.count() == 2


@pytest.mark.usefixtures("ada")
def test_forget_and_keep_figures() -> None:
    said = run("forget", "ada-lovelace", "--yes", "--keep-figures")
    assert "2 requests blanked." in said
    assert RequestLog.objects.filter(user_id=None, address=None).count() == 2
    assert Message.objects.count() == 2


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(("answer", "left"), [("y", 1), ("YES", 1), ("n", 3), ("", 3)])
def test_forget_asks(monkeypatch: pytest.MonkeyPatch, answer: str, left: int) -> None:
    monkeypatch.setattr("builtins.input", lambda _: answer)
    if left == 3:
        with pytest.raises(CommandError, match="Nothing was changed"):
            run("forget", "ada-lovelace")
    else:
        run("forget", "ada-lovelace")
    assert RequestLog.objects.count() == left


@pytest.mark.usefixtures("ada")
def test_forget_asks_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(CommandError, match="use --yes"):
        run("forget", "ada-lovelace")


@pytest.mark.usefixtures("ada")
def test_forget_says_what_still_runs() -> None:
    rows.open_row(user_id="ada-lovelace")
    said = run("forget", "ada-lovelace", "--yes")
    assert "1 request still running: run this again afterwards." in said


def test_forget_nobody() -> None:
    assert "nobody made 0 requests" in run("forget", "nobody")


def test_forget_covers_what_dead_processes_left(settings: Any) -> None:
    """However it is to be forgotten: what comes from files comes first."""
    folder = Path(settings.CHAT_SPOOL_DIR)
    dead = Spool(folder, "dead-1", 1_000_000)
    mine = closing(said(HELLO, "Hi", user_id="ada-lovelace"))
    append(dead, mine, closing(said(HELLO, "Hi", user_id="someone-else")))
    dead.close()
    aside = folder / "set-aside.lines"
    Spool(folder, "a", 1_000_000).aside.add([line_of(mine), b"other\n"], "are odd")
    said_so = run("forget", "ada-lovelace", "--yes")
    assert "1 request deleted." in said_so
    assert RequestLog.objects.get().user_id == "someone-else"
    assert aside.read_bytes() == b"other\n"
    left = [path for path in folder.iterdir() if b"ada-lovelace" in path.read_bytes()]
    assert not left


def test_who_was_forgotten_does_not_come_back_from_a_process_that_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither what waits for the database, nor what was open; but who comes anew."""
    over, write = threading.Event(), Store.write

    def hang(self: Store, records: Any) -> None:
        assert over.wait(60)
        write(self, records)

    journal = Journal()
    ada = {"user_id": "ada-lovelace", "address": "10.0.0.1", "user_agent": "hers"}
    running = said(HELLO, **ada)
    put(journal, running)
    eventually(RequestLog.objects.exists)
    monkeypatch.setattr(Store, "write", hang)
    waiting = closing(said([{"role": "user", "content": "Mine"}], "Yours", **ada))
    put(journal, waiting)
    assert "still running" in run("forget", "ada-lovelace", "--yes")
    put(journal, closing(running), closing(said(HELLO, **ada)))
    over.set()
    journal.close()
    rows = list(RequestLog.objects.order_by("created_at"))
    assert [row.ending for row in rows] == ["completed"] * 3
    assert [row.user_id for row in rows] == [None, None, "ada-lovelace"]
    assert [row.address for row in rows] == [None, None, "10.0.0.1"]
    assert [text.request_id for text in RequestText.objects.all()] == [rows[2].pk]
    assert Message.objects.get().body == HELLO[0]
