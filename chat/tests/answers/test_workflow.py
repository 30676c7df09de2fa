"""As `WorkflowChatTransport` of AI SDK 7 asks (@ai-sdk/workflow 2.0.43)."""

import json
from typing import Any

import httpx
import pytest

from chat.tests.answers.returning import Browser, chunks, use_chat
from chat.tests.e2e.watched import Watched

pytestmark = pytest.mark.django_db(transaction=True)


def post(browser: Browser, text: str, **headers: str) -> httpx.Response:
    """Without the chat's id, and with the content type that `fetch` makes up."""
    body = {"messages": use_chat(text)["messages"]}
    headers = {"Content-Type": "text/plain;charset=UTF-8", **headers}
    return browser.send("/api/chat", json.dumps(body), headers)


def read_again(browser: Browser, run: str, start: int) -> tuple[int, list[Any], int]:
    answer = browser.resume(run, startIndex=start)
    tail = int(answer.headers.get("x-workflow-stream-tail-index", -1))
    return answer.status_code, chunks(answer.content), tail


def test_from_any_chunk_on(watched: Watched) -> None:
    with Browser(watched.service.url) as browser:
        answer = post(browser, "Hello")
        run, all_of_it = answer.headers["x-workflow-run-id"], chunks(answer.content)
        count = len(all_of_it)
        for start in (0, 1, 5, count - 1):
            told = read_again(browser, run, start)
            assert told == (200, all_of_it[start:], count - 1)
        for start in (-1, -7, -count, -count - 9):
            assert read_again(browser, run, start)[1] == all_of_it[start:]
        assert read_again(browser, run, count)[0] == 410
        assert browser.resume("unknown", startIndex=0).status_code == 204


@pytest.mark.parametrize("scenario", ["sim:cut=3", "sim:stall=60@3"])
def test_an_error_is_not_asked_for_again_for_ever(
    watched: Watched, scenario: str
) -> None:
    with Browser(watched.service.url) as browser:
        run, _ = browser.ask_and_leave(use_chat(scenario, on_leave="finish"))
        browser.stop(run)
        asked, index = 0, 0
        while True:
            status, came, _ = read_again(browser, run, index)
            asked += 1
            if status != 200:
                break
            index += len(came)
        assert (status, asked) == (410, 2)


def test_a_foreign_page_sends_no_text(watched: Watched, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://site.example"]
    host = watched.service.url
    with Browser(watched.service.url) as browser:
        for origin, status in {
            "https://evil.example": 415,
            "null": 415,
            "http://[": 415,
            "https://site.example": 200,
            host: 200,
        }.items():
            assert post(browser, "Hello", Origin=origin).status_code == status, origin
        crossing = {"Sec-Fetch-Site": "cross-site"}
        assert post(browser, "Hello", **crossing).status_code == 415
