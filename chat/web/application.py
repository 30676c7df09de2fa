"""The service as one ASGI application: requests, and the lifespan around them."""

import asyncio
import gc
import logging
from functools import cache

from django.conf import settings

from chat.access.watch import begin
from chat.access.watch import stop as stop_watch
from chat.alerts import watch as alerts
from chat.answers import relay
from chat.answers.shelf import forget_old_answers
from chat.exchange import descriptors
from chat.exchange.register import open_exchanges
from chat.gate import gate
from chat.metrics import meter
from chat.requestlog.journal import journal
from chat.requestlog.journal import stop as stop_journal
from chat.tracing import tracer
from chat.upstream import client
from chat.web import connections
from chat.web.asgi import Application, Receive, Scope, Send
from chat.web.doors import Doors, serving
from chat.web.draining import draining
from chat.web.handler import Handler
from chat.web.memory import return_memory, return_memory_of_crowds
from chat.web.shutdown import Shutdown
from chat.web.starting import find_hindrance, warn
from chat.web.supervisor import end_with_supervisor

logger = logging.getLogger(__name__)


def service(handler: Handler) -> Application:
    """Serve Django through `handler`; it answers no lifespan itself."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(handler, receive, send)
        elif scope["type"] == "http":
            await handler(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    return application


async def _lifespan(handler: Handler, receive: Receive, send: Send) -> None:
    await receive()
    if hindrance := await find_hindrance():
        await send({"type": "lifespan.startup.failed", "message": hindrance})
        return
    _spare_the_garbage_collector()
    descriptors.raise_limit()
    told = warn()
    bounded = connections.bound(send)
    return_memory()
    trimming = asyncio.create_task(return_memory_of_crowds(open_exchanges.__len__))
    forgetting = asyncio.create_task(forget_old_answers())
    if settings.CHAT_REQUEST_LOG:
        journal()
    await begin()
    await gate.begin()
    alerts.begin()
    meter.begin(lambda: Shutdown.begun)
    tracer.begin()
    server = serving()
    doors = Doors(server) if server else None
    shutdown = Shutdown(handler, doors, draining(handler, server))
    shutdown.listen()
    widening = asyncio.create_task(doors.widen()) if doors else None
    supervised = asyncio.create_task(end_with_supervisor())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for task in (supervised, trimming, forgetting, widening):
        if task:
            task.cancel()
    await shutdown.finish()
    for held in (bounded, told):
        if held:
            held.close()
    await relay.close()
    await client.close()
    await asyncio.to_thread(alerts.stop)
    await gate.close()
    await asyncio.to_thread(stop_journal)
    await asyncio.to_thread(meter.stop)
    await asyncio.to_thread(tracer.stop)
    await asyncio.to_thread(stop_watch)
    await send({"type": "lifespan.shutdown.complete"})


@cache
def _spare_the_garbage_collector() -> None:
    """Have it look at requests only, and not at all of Django again and again.

    Without it a JSON answer cost 9 % more (`make bench`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
