"""Several processes without Redis: a stop goes through the database."""

from pathlib import Path
from typing import Any

import pytest

from chat.answers.shelf import shelf
from chat.models import RequestLog
from chat.tests.access.locked import client_with_key, lock, wait_until_known
from chat.tests.answers.returning import Browser, is_nothing, use_chat
from chat.tests.e2e.watched import Watched
from chat.tests.requestlog.hurry import hurry
from chat.tests.requestlog.processes import quick_process
from chat.tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

NEVER = "sim:stall=60@20"


def test_a_stop_at_another_process_reaches_the_one_that_answers(
    zai: Any, tmp_path: Path
) -> None:
    with (
        quick_process(tmp_path / "a", zai) as one,
        quick_process(tmp_path / "b", zai) as other,
        Browser(one.url) as browser,
        Browser(other.url) as there,
    ):
        for number in range(3):
            body = use_chat(NEVER, f"chat{number}", on_leave="finish")
            identity, _ = browser.ask_and_leave(body, until=b"data")
            assert there.stop(identity)  # at once; its row is stored in a moment
        assert is_nothing(there.resume(identity))
        assert not there.stop("chat1")
        eventually(lambda: not zai.state()["open"])
        eventually(lambda: sum(" stopped " in line for line in one.endings()) == 3)
        eventually(lambda: RequestLog.objects.filter(ending="stopped").count() == 3)
        assert not there.stop(identity)


def test_it_is_heard_from_no_one_but_who_asked(
    zai: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, request: Any
) -> None:
    """As it looks from a process that has no such answer on its shelf."""
    hurry(monkeypatch.setattr)
    lock(settings, monkeypatch)
    watched: Watched = request.getfixturevalue("watched")
    keys = [client_with_key(name)[1] for name in ("one", "two")]
    for key in keys:
        wait_until_known(key)
    ann, bob = {"user_id": "ann-ann"}, {"user_id": "bob-bob"}
    url = watched.service.url
    with Browser(url, keys[0]) as mine, Browser(url, keys[1]) as theirs:
        body = use_chat(NEVER, on_leave="finish", **ann)
        identity, _ = mine.ask_and_leave(body)
        shelf.clear()
        eventually(lambda: RequestLog.objects.count())
        assert not theirs.stop(identity, **ann)
        assert not mine.stop(identity, **bob)
        assert not mine.stop(identity)
        assert not mine.stop("chat1", **ann)
        assert watched.zai.state()["open"] == 1
        assert mine.stop(identity, **ann)
        assert watched.z_ai_was_left()
    assert watched.service.ended().ending == "stopped"
