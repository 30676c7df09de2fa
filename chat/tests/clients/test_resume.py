"""A reload in the middle of an answer, with each version of the AI SDK."""

from pathlib import Path
from typing import Any

from chat.tests.clients.ai_sdk import run
from chat.tests.serving import Service

SLOW = "sim:takes=1"


def said(messages: list[dict[str, Any]]) -> list[str]:
    """What the page shows, question and answer."""
    return [
        "".join(part.get("text", "") for part in message["parts"])
        for message in messages
    ]


def test_a_reload_shows_all_of_it_once(
    service: Service, zai: Any, client: Path
) -> None:
    url = f"{service.url}/api/chat"
    heard = run(client / "resume.mjs", url=url, text=SLOW, keeps=True)
    assert heard["status"] == "ready"
    assert heard["requests"] == ["POST 200", "GET 200"]
    assert zai.state()["total"] == 1
    [question, answer] = said(heard["messages"])
    assert question == SLOW
    whole = run(client / "chat.mjs", url=url, message={"text": SLOW})
    assert answer == said(whole["messages"])[1]
    assert said(heard["left"])[1] != answer


def test_a_stop_after_the_reload(service: Service, zai: Any, client: Path) -> None:
    url = f"{service.url}/api/chat"
    heard = run(
        client / "resume.mjs", url=url, text="sim:stall=60@20", keeps=False, stop=True
    )
    assert heard["requests"] == ["POST 200", "POST 200", '{"stopped":true}', "GET 200"]
    assert (heard["status"], heard.get("error")) == ("ready", None)
    zai.wait(lambda state: not state["open"])
    assert service.ended().ending == "stopped"
    assert said(heard["messages"])[1]
