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
    zai: Any, settings: Any, port: int, start: str, path: str
) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = 1
    with service_for(port=port):
        report = examined(f"{start}{path}")
    assert outcomes(report) == {**ALL_OK, **CLOSED}


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
