"""The service's side: who shows an order of ours is served, nobody else notices."""

import logging
import socket
import time
from hashlib import blake2s
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from chat.doctor import notes, order
from chat.doctor.stream import DiagnosticStream
from chat.exchange.caller import Caller

logger = logging.getLogger("chat.doctor")

# Tells clocks apart without naming the machine.
HOST = blake2s(socket.gethostname().encode(), digest_size=4).hexdigest()


async def diagnosis(request: HttpRequest, raw: bytes) -> HttpResponseBase | None:
    """Answer the order in `raw`. None if it is none: refuse it as any other body then.

    It costs no tokens, has no row in the request log, and needs no ZAI_API_KEY. Raises
    AtCapacity.
    """
    received = time.time()
    asked = order.read(raw)
    if asked is None:
        return None
    if not await sync_to_async(notes.redeem)(asked.nonce):
        logger.warning("A diagnosis that was played already was asked for again")
        return None
    if not asked.steps:
        return await _look(asked, received)
    scope: dict[str, Any] = request.scope  # type: ignore[attr-defined]
    stream = DiagnosticStream(asked, _head(received), scope.get("caller") or Caller())
    if "exit_stack" in scope:
        scope["exit_stack"].push_async_callback(stream.end)
    return stream


async def _look(asked: order.Order, received: float) -> JsonResponse:
    known = await sync_to_async(notes.look)(asked.about) if asked.about else None
    head = {**_head(received), "about": known, "sent": time.time()}
    return JsonResponse({"diagnosis": head}, headers={"Cache-Control": "no-store"})


def _head(received: float) -> dict[str, Any]:
    return {
        "host": HOST,
        "received": received,
        "heartbeat": settings.CHAT_HEARTBEAT_SECONDS,
    }
