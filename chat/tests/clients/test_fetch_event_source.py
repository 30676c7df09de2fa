"""`@microsoft/fetch-event-source`, which takes a comment for an event without data."""

from collections.abc import Callable
from typing import Any

import pytest

from chat.tests.clients.ai_sdk import installed, run
from chat.tests.frames import DONE
from chat.tests.serving import Service

pytestmark = pytest.mark.once

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(service: Service) -> Ask:
    program = installed("fetch-event-source") / "ask.mjs"

    def asked(text: str, **options: Any) -> dict[str, Any]:
        return run(program, url=f"{service.url}/api/chat", text=text, **options)

    return asked


def test_an_answer_comes_without_a_comment_and_is_asked_for_once(
    ask: Ask, service: Service, zai: Any
) -> None:
    heard = ask("Hello")

    assert (heard["errors"], heard["comments"]) == ([], 0)
    assert heard["events"][-1] == DONE
    assert len(zai.state()["requests"]) == 1


def test_who_leaves_out_what_has_no_data_hears_no_heartbeats(
    ask: Ask, service: Service, settings: Any
) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = settings.CHAT_OPEN_AFTER_SECONDS = 0.1
    heard = ask("sim:slow-headers=0.5 sim:events=3", careful=True)

    assert heard["errors"] == []
    assert heard["comments"] > 1
    assert heard["events"][-1] == DONE
