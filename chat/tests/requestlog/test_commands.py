"""`manage.py prune` and `manage.py forget`."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chat.models import Message, RequestLog, RequestText
from chat.tests import rows

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
