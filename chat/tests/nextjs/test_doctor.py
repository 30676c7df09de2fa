"""The doctor, through Next.js as it should be and as it often is."""

from typing import Any

import pytest

from chat.tests.doctor.conftest import patience
from chat.tests.doctor.examining import ALL_OK, by_check, examined, outcomes
from chat.tests.serving import service_for
from config.asgi import application

__all__ = ["patience"]

pytestmark = pytest.mark.usefixtures("patience")

CLOSED = {"cors": "skipped"}


async def without_no_transform(scope: Any, receive: Any, send: Any) -> None:
    """The service behind something that replaces its Cache-Control."""

    async def changed(message: Any) -> None:
        headers = [
            (name, b"no-cache" if name.lower() == b"cache-control" else value)
            for name, value in message.get("headers", [])
        ]
        extra = {"headers": headers} if "headers" in message else {}
        await send({**message, **extra})

    await application(scope, receive, changed)


@pytest.mark.parametrize("path", ["/api/chat", "/handler/chat"])
def test_next_js_hands_on_what_says_no_transform(
    zai: Any, settings: Any, port: int, start: str, cookie: str, path: str
) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = 1
    with service_for(port=port):
        report = examined(f"{start}{path}", identity={"Cookie": cookie})
    access = {"access": "ok"} if path == "/handler/chat" else {}
    assert outcomes(report) == {**ALL_OK, **CLOSED, **access}


def test_whoever_has_not_signed_in_gets_no_further(
    zai: Any, port: int, start: str
) -> None:
    with service_for(port=port):
        report = examined(f"{start}/handler/chat")
    assert outcomes(report) == {"reachable": "problem"}
    assert "Sign in first." in report.findings[0].fact


def test_next_js_holds_back_what_does_not(
    zai: Any, settings: Any, port: int, start: str
) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = 1
    with service_for(app=without_no_transform, port=port):
        report = examined(f"{start}/api/chat")
    found = by_check(report)
    assert report.exit_status == 1
    assert found["intact"].outcome == "warning"
    assert found["compressed"].outcome == found["buffered"].outcome == "problem"
    assert "no-transform" in found["compressed"].fix
