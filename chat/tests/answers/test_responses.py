"""OpenAI's Responses outlive their connection as all answers do."""

import json
from typing import Any

import pytest

from chat.answers.elsewhere import DIALECTS, Elsewhere, Head
from chat.answers.frames import Frames
from chat.failures import Interrupted
from chat.tests.answers.returning import Browser, without_comments
from chat.tests.e2e.watched import Watched
from chat.tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/v1/responses"


def response(text: str, **more: Any) -> dict[str, Any]:
    return {"input": text, "stream": True, "resumable": True, **more}


def test_it_is_stopped_and_says_so(watched: Watched) -> None:
    asked = response("sim:stall=60@20", on_leave="finish")
    with Browser(watched.service.url) as browser:
        identity, came = browser.ask_and_leave(asked, path=PATH)
        assert browser.stop(identity)
        assert watched.service.ended().ending == "stopped"
        assert not browser.stop(identity)
        again = without_comments(browser.go_on(identity).content)
        assert again.startswith(without_comments(came))
        last = again.split(b"\n\n")[-2]
        event = json.loads(last.partition(b"data: ")[2])
        assert event["type"] in ("response.failed", "error")
    assert watched.nothing_is_left()


def test_it_is_waited_for_so_long_and_no_longer(watched: Watched) -> None:
    with Browser(watched.service.url) as browser:
        asked = response("sim:stall=60@20", on_leave=0.2)
        identity, _ = browser.ask_and_leave(asked, path=PATH)
        eventually(lambda: not watched.zai.state()["open"])
        assert watched.service.ended().ending == "client_disconnected"
        asked = response("sim:stall=1@20", on_leave="finish")
        browser.ask_and_leave(asked, path=PATH)
        assert watched.service.ended().ending == "finished_alone"


def test_one_that_is_whole_is_finished_for_nobody(watched: Watched) -> None:
    with Browser(watched.service.url) as browser:
        plain = browser.ask({"input": "Hello", "on_leave": "finish"}, PATH)
    assert plain.json()["status"] == "completed"
    assert watched.service.ended().ending == "completed"


@pytest.mark.parametrize("name", DIALECTS)
async def test_of_a_process_that_died_it_is_told_in_every_dialect(name: str) -> None:
    """The question is not known where its answer is only followed."""
    head = Head(known="", dialect=name, process="1", state="over")
    frames = Frames(lambda size: None)
    followed = Elsewhere("req_" + "0" * 32, head, frames, lambda *_: None)
    followed.break_off(Interrupted("The answer broke off."))
    assert b"broke off" in frames.last
    assert frames.is_over
