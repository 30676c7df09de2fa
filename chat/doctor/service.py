"""The service's side: whoever sends no signed order of ours sees nothing of it."""

import logging
import socket
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from hashlib import blake2s
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from chat.doctor import notes, order
from chat.doctor.order import PREFIX
from chat.doctor.stream import DiagnosticStream
from chat.exchange.visit import visit_of
from chat.upstream.plan import is_of_coding_plan

logger = logging.getLogger("chat.doctor")

View = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

# Tells clocks apart without naming the machine.
HOST = blake2s(socket.gethostname().encode(), digest_size=4).hexdigest()


def open_to_the_doctor(view: View) -> View:
    """Let `view` serve the doctor's orders too; it sees nothing of them."""

    @wraps(view)
    async def look_first(request: HttpRequest) -> HttpResponseBase:
        body = request.body
        found = body.startswith(PREFIX) and await answer_order(request, body)
        del body  # `view` may last
        return found or await view(request)

    return look_first


async def answer_order(request: HttpRequest, raw: bytes) -> HttpResponseBase | None:
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
    visit = visit_of(request)
    stream = DiagnosticStream(asked, _head(received), visit.caller)
    visit.at_end(stream.end)
    return stream


async def _look(asked: order.Order, received: float) -> JsonResponse:
    known = await sync_to_async(notes.find)(asked.about) if asked.about else None
    head = {**_head(received), "about": known, "sent": time.time()}
    return JsonResponse({"diagnosis": head}, headers={"Cache-Control": "no-store"})


def _head(received: float) -> dict[str, Any]:
    return {
        "host": HOST,
        "received": received,
        "heartbeat": settings.CHAT_HEARTBEAT_SECONDS,
        "coding_plan": is_of_coding_plan(settings.ZAI_BASE_URL),
    }
