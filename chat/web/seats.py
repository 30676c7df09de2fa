"""Threads for what waits and computes: the admin, and the page to chat on.

The chat itself needs none. Whoever asks for many pages at once waits for a seat, and
takes neither the threads nor the database connections of all others.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from chat.exchange.visit import visit_of
from chat.web import connection
from chat.web.asgi import Message, Send
from chat.web.middleware import is_api

MOST = 20
# Of the pool of connections, for health and the doctor
SPARE_CONNECTIONS = 2
MOST_WAITING = 100
PATIENCE_SECONDS = 10.0

Seat = ThreadPoolExecutor
Respond = Callable[[Any], Awaitable[HttpResponseBase]]
Deliver = Callable[[HttpResponseBase, Send], Awaitable[None]]


class NoSeat(Exception):
    """Too many are waiting already, or it took too long."""


class Seats:
    """For one event loop at a time. Each seat is one thread, made when first needed."""

    def __init__(self) -> None:
        self._made = 0
        self._free: list[Seat] = []
        self._waiting: deque[asyncio.Future[Seat]] = deque()

    async def answer(
        self, request: HttpRequest, send: Send, respond: Respond, deliver: Deliver
    ) -> None:
        """Have `respond` called in a seat, and its answer delivered to the caller.

        A page leaves its seat before it is sent: who reads it may be slow.
        """
        try:
            async with self.occupy():
                response = await respond(request)
                if response.streaming:
                    await deliver(response, _hurry(send))
                    return
        except NoSeat:
            response = _refuse(request)
        except TimeoutError:
            await connection.abort(send)
            return
        await deliver(response, send)

    @asynccontextmanager
    async def occupy(self) -> AsyncIterator[None]:
        """Have a seat: synchronous code runs on its thread. Raises NoSeat."""
        seat = await self._take()
        try:
            async with ThreadSensitiveContext(executor=seat):
                yield
        finally:
            self._clear(seat)

    async def _take(self) -> Seat:
        if self._free:
            return self._free.pop()
        if self._made < most():
            self._made += 1
            return ThreadPoolExecutor(1, thread_name_prefix="admin")
        if len(self._waiting) >= MOST_WAITING:
            raise NoSeat
        return await self._wait()

    async def _wait(self) -> Seat:
        coming = asyncio.get_running_loop().create_future()
        self._waiting.append(coming)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await asyncio.shield(coming)
        except BaseException as error:
            if coming.done():
                self._give_back(coming.result())
            else:
                self._waiting.remove(coming)
            if isinstance(error, TimeoutError):
                raise NoSeat from error
            raise

    def _clear(self, seat: Seat) -> None:
        """Give `seat` back when its thread has done what it is at, and has no database
        connection any more. Nobody waits for that: whoever is cancelled could not."""
        loop = asyncio.get_running_loop()

        def cleared(_: Any) -> None:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(self._give_back, seat)

        seat.submit(connections.close_all).add_done_callback(cleared)

    def _give_back(self, seat: Seat) -> None:
        if self._waiting:
            self._waiting.popleft().set_result(seat)
        else:
            self._free.append(seat)


def most() -> int:
    """How many seats there are: each may hold a connection of the pool, if one is."""
    pool = settings.DATABASES["default"].get("OPTIONS", {}).get("pool")
    if not pool:
        return MOST
    limits = pool if isinstance(pool, dict) else {}
    size = limits.get("max_size") or limits.get("min_size", 4)
    return max(1, min(MOST, int(size) - SPARE_CONNECTIONS))


def needs_a_seat(request: HttpRequest) -> bool:
    """Whether synchronous code will serve it."""
    is_static = request.path_info.startswith(settings.STATIC_URL or "/static/")
    return not is_static and not is_api(request)


def _hurry(send: Send) -> Send:
    """Return a `send` that raises TimeoutError if the caller takes nothing too long."""

    async def send_in_time(message: Message) -> None:
        async with asyncio.timeout(settings.CHAT_WRITE_TIMEOUT_SECONDS):
            await send(message)

    return send_in_time


def _refuse(request: HttpRequest) -> HttpResponse:
    sentence = "Too many pages are being asked for at once. Please try again.\n"
    headers = {"Retry-After": "5", "X-Request-ID": visit_of(request).request_id}
    return HttpResponse(sentence, "text/plain; charset=utf-8", 503, headers=headers)
