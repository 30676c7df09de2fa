"""Asking within a trace, and the spans that come of it."""

from typing import Any

import httpx

from chat.tests.serving import Service
from chat.tests.tracing.receiver import Received
from chat.tests.waiting import eventually

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CONTEXT = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "theirs=1"}
CHAT, ASKED = "POST /api/chat", "chat glm-4.6"


def ask(service: Service, text: str = "Hello", **body: Any) -> httpx.Response:
    asked = {"messages": [{"role": "user", "content": text}], **body}
    return service.send(asked, headers=CONTEXT)


def wait_for(received: Received, name: str) -> Any:
    eventually(lambda: received.named(name))
    return received.named(name)[0]
