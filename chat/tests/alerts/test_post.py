"""What goes over the wire, and what becomes of a receiver that does not take it."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chat.alerts import post
from chat.alerts.message import Message
from chat.alerts.post import NotTaken
from chat.alerts.shapes import body_for, objection
from chat.tests.alerts.receiver import Receiver
from chat.tests.ports import free_port

BEGAN = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
MESSAGE = Message("failures", "Many <fail>", "5 of 6 & more.", BEGAN)
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/x"


def refused(url: str) -> str:
    with pytest.raises(NotTaken) as raised:
        post.post(url, MESSAGE)
    return str(raised.value)


def test_it_is_json(receiver: Receiver) -> None:
    post.post(receiver.url, MESSAGE)
    told = receiver.told()
    assert told.pop("host") and told.pop("version")
    assert told == {
        "service": "Z.AI chat",
        "alert": "failures",
        "state": "begun",
        "title": "Many <fail>",
        "text": "5 of 6 & more.",
        "began_at": "2026-11-26T12:00:00+00:00",
        "over_at": None,
    }


def test_slack_and_feishu_have_shapes_of_their_own() -> None:
    slack = body_for("https://hooks.slack.com/services/T/B/x", MESSAGE).decode()
    assert slack.startswith('{"text": "Z.AI chat on ')
    assert slack.endswith(': Many &lt;fail&gt;. 5 of 6 &amp; more."}')
    for url in (FEISHU, "https://open.larksuite.com/open-apis/bot/v2/hook/x"):
        feishu = body_for(url, MESSAGE).decode()
        assert feishu.startswith('{"msg_type": "text", "content": {"text": "Z.AI chat')
        assert "‹fail›" in feishu
    # Whoever names his host so is not meant.
    assert b'"state"' in body_for("https://hooks.slack.com.example/x", MESSAGE)


def test_feishu_says_in_its_answer_whether_it_took_it() -> None:
    assert objection(FEISHU, b'{"code": 0, "msg": "success"}') is None
    assert objection(FEISHU, b'{"code": 19001, "msg": "x"}') == (
        "it answered code 19001"
    )
    assert objection(FEISHU, b"<html>") == "it answered what is no JSON"
    assert objection("https://example.com", b"<html>") is None


def test_what_is_told_has_no_key(settings: Any) -> None:
    settings.ZAI_API_KEY = "0123456789abcdef0123.0123456789abcdef"
    said = f"The key {settings.ZAI_API_KEY} and zc_{'a' * 43}\x1b[31m are refused."
    assert Message("account", "x", said, BEGAN).text == (
        "The key [key] and [key][31m are refused."
    )


@pytest.mark.parametrize(
    ("lasted", "words"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=26, minutes=3), "26 h 3 min"),
    ],
)
def test_how_long_it_lasted(lasted: timedelta, words: str) -> None:
    over = Message("account", "x", "y", BEGAN, BEGAN + lasted)
    assert over.text == f"It lasted {words}."


@pytest.mark.parametrize("status", [302, 404, 500])
def test_another_status_is_a_refusal(receiver: Receiver, status: int) -> None:
    receiver.status = status
    assert refused(receiver.url) == f"127.0.0.1 answered {status}"
    receiver.told()
    assert not receiver.has_more, "it went where it was sent"


def test_a_receiver_that_says_nothing_is_not_waited_for(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "SECONDS", 0.2)
    receiver.status = 0
    assert refused(receiver.url).startswith("127.0.0.1 did not answer in")


def test_a_receiver_that_is_not_there() -> None:
    said = refused(f"http://127.0.0.1:{free_port()}/a-secret")
    assert said == "127.0.0.1 cannot be reached (ClientConnectorError)"


def test_the_command_tries_whether_it_arrives(receiver: Receiver) -> None:
    out = io.StringIO()
    call_command("alert", stdout=out)
    assert out.getvalue() == "It was sent, and taken.\n"
    assert receiver.told()["alert"] == "test"
    receiver.status = 403
    with pytest.raises(CommandError, match="It was not taken: 127.0.0.1 answered 403."):
        call_command("alert")


def test_the_command_says_that_nobody_is_told(settings: Any) -> None:
    settings.ALERT_WEBHOOK_URL = ""
    with pytest.raises(CommandError, match="ALERT_WEBHOOK_URL is not set"):
        call_command("alert")
