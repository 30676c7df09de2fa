"""Django's ASGI handler without a thread for requests that need none."""

import asyncio
import time
from functools import partial
from io import BytesIO
from typing import cast
from weakref import WeakSet

from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django import db
from django.core import signals
from django.core.cache import close_caches
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.core.handlers.base import reset_urlconf
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from chat import request_id
from chat.access.watch import prepare
from chat.exchange import log_line, outcome
from chat.exchange.caller import Caller
from chat.exchange.turns import Turns
from chat.exchange.unwinding import Unwinding
from chat.exchange.visit import Visit, begin_visit, end_visit
from chat.failures import Refused, ShuttingDown
from chat.tracebacks import forget_frames
from chat.web import connection
from chat.web.asgi import Message, Receive, Scope, Send
from chat.web.body import Body, is_expected
from chat.web.budget import BUDGET, Share
from chat.web.chain import ApiChain
from chat.web.head import refusal_by_head, refusal_by_length
from chat.web.listening import Listening
from chat.web.middleware import is_api
from chat.web.responses import SelfSent
from chat.web.seats import Seats, needs_a_seat

# Whoever watches the service is not kept waiting by a crowd.
HEALTH = "/health"


class Request(ASGIRequest):
    """Forms and addresses are UTF-8, whatever a head says: as `unicode_escape` they
    would hold what cannot be stored, as `hex` not be text at all."""

    @property
    def encoding(self) -> str:
        return "utf-8"

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        pass


class Handler(ASGIHandler):
    """Serves Django, and knows the requests that are open.

    Stock Django hops to a new thread twice for every request, for the receivers that
    look after database connections and to close the response. Here only a request that
    used a thread does, for only there can it have opened a connection.

    Each begins as a `Visit`, whose caller is told before anything is cancelled.
    """

    request_class = Request

    def __init__(self) -> None:
        super().__init__()
        signals.request_started.disconnect(db.reset_queries)
        signals.request_started.disconnect(db.close_old_connections)
        signals.request_finished.disconnect(db.close_old_connections)
        # They undo what nobody does here.
        signals.request_finished.disconnect(reset_urlconf)
        signals.request_finished.disconnect(close_caches)
        self._api = ApiChain()
        self._bodies: WeakSet[Body] = WeakSet()
        self._listening: set[Listening] = set()
        self._open = 0
        self._seats = Seats()
        self._turns = Turns()
        # Whoever comes from now on is told that the service is being restarted.
        self.is_closing = False

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        if is_api(request):
            return await self._api.get_response_async(request)
        return await super().get_response_async(request)

    @property
    def is_busy(self) -> bool:
        """Whether a request is open that came before it was closing."""
        return self._open > 0

    def disconnect_all(self) -> None:
        """End every open request as if its caller had left."""
        for body in list(self._bodies):
            body.give_up()
        for listening in list(self._listening):
            listening.shut_down()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = Caller(partial(connection.is_closing, send))
        ends = Unwinding()
        async with ThreadSensitiveContext():
            visit = begin_visit(scope, caller, ends)
            request_id.current.set(visit.request_id)
            late = self.is_closing
            self._open += not late
            try:
                if not scope["path"].startswith(HEALTH):
                    await self._turns.take()
                await self._handle(visit, scope, receive, send, late)
            finally:
                self._open -= not late
                try:
                    if _used_a_thread():
                        await sync_to_async(db.close_old_connections)()
                finally:
                    end_visit(scope)
                    await ends.unwind()

    async def _handle(
        self, visit: Visit, scope: Scope, receive: Receive, send: Send, late: bool
    ) -> None:
        visit.refusal = too_long = refusal_by_length(scope)
        if (prefix := get_script_prefix(scope)) != "/":  # which is what Django assumes
            set_script_prefix(prefix)
        await signals.request_started.asend(sender=self.__class__, scope=scope)
        # The request alone holds the body, for whoever takes it to let go of it.
        request, error = self.create_request(scope, BytesIO())
        try:
            if is_expected(scope) and not too_long:
                error = await self._read(visit, request, scope, receive, late) or error
        except RequestAborted:
            return
        if late and not visit.refusal:
            visit.refusal = _closing()
        # Who answers takes it from here: nobody else holds it, for an answer may last.
        made = [request]
        del request
        await self._serve(visit, made, error, receive, send)

    async def _read(
        self,
        visit: Visit,
        request: ASGIRequest | None,
        scope: Scope,
        receive: Receive,
        late: bool,
    ) -> HttpResponse | None:
        """Read the body as far as it may be wanted; the answer if nobody else has one.

        The head says whether it is: nothing is read for a path that is none.
        """
        await prepare()
        refusal = refusal_by_head(request) if request else Refused()
        refusal = refusal or (_closing() if late else None)
        share = Share(BUDGET)
        visit.free_at_end(share.give_back)
        body = Body(scope, receive, share, refusal)
        self._bodies.add(body)
        try:
            file = cast("BytesIO", request._stream) if request else BytesIO()
            await body.read_into(file)
        except Refused as refused:
            visit.refusal, visit.beginning = refused, body.beginning
            forget_frames(refused)  # which lead back to it, and to the body
            told = late or refused is not refusal
            if request and told and not is_api(request):
                return _told_plainly(refused)
        else:
            visit.head_is_fine = refusal is None
            visit.caller.ready_at = time.monotonic()
        finally:
            self._bodies.discard(body)
        return None

    async def _serve(
        self,
        visit: Visit,
        made: list[ASGIRequest | None],
        error: HttpResponseBase | None,
        receive: Receive,
        send: Send,
    ) -> None:
        if refusal := visit.refusal:
            send, receive = connection.lingering(send, receive, _patience(refusal))
        caller = visit.caller
        listening = Listening(caller)
        answering = asyncio.create_task(self._answer(made, error, send))
        answering.add_done_callback(listening.end)
        self._listening.add(listening)
        try:
            await listening.until_left(receive)
            caller.left = not answering.done() and not caller.shutdown
        except asyncio.CancelledError:
            caller.shutdown = True
            raise
        finally:
            self._listening.discard(listening)
            answering.remove_done_callback(listening.end)
            if not answering.done():
                answering.cancel()
                await asyncio.wait({answering})
        if not answering.cancelled():
            answering.result()
        elif not caller.left:
            await connection.abort(send)

    async def _answer(
        self,
        made: list[ASGIRequest | None],
        error: HttpResponseBase | None,
        send: Send,
    ) -> None:
        request = made.pop()
        if request and request.method == "POST":
            # Once more: its body may have come much later.
            await self._turns.take(has_begun=True)
        if error is None and request and needs_a_seat(request):
            respond, deliver = self.run_get_response, self._send_whole
            await self._seats.answer(request, send, respond, deliver)
            return
        response = error
        if response is None:
            assert request  # or there is an error
            response = await self.run_get_response(request)
            if isinstance(response, SelfSent):
                response.let_go()
        del request
        await self._send_whole(response, send)

    async def _send_whole(self, response: HttpResponseBase, send: Send) -> None:
        try:
            if isinstance(response, SelfSent):
                await self._send_answer(response, send)
            else:
                await self.send_response(response, send)
        except RuntimeError:
            if not connection.is_closing(send):
                raise
        finally:
            if _used_a_thread():
                await sync_to_async(response.close)()
            else:
                response.close()

    async def _send_answer(self, response: SelfSent, send: Send) -> None:
        held = connection.hold_head(send) if response.begins_at_once else None
        try:
            await send(_head_of(response))
            await response.send_body(send)
        finally:
            if held:
                held.release()
        await send({"type": "http.response.body"})


def _head_of(response: HttpResponseBase) -> Message:
    """Return the head as ASGI has it; `response` has no headers then."""
    headers = [(k.encode("ascii"), v.encode("latin1")) for k, v in response.items()]
    response.headers = type(response.headers)({})
    status = response.status_code
    return {"type": "http.response.start", "status": status, "headers": headers}


def _told_plainly(refusal: Refused) -> HttpResponse:
    log_line.refused(outcome.refusal(refusal))
    response = HttpResponse(
        refusal.message, status=refusal.status, content_type="text/plain"
    )
    if refusal.come_back_in:
        response["Retry-After"] = str(refusal.come_back_in)
    return response


def _closing() -> Refused:
    return ShuttingDown("The chat service is being restarted.")


def _patience(refusal: Refused) -> float:
    if isinstance(refusal, ShuttingDown):
        return connection.QUIET_SECONDS
    return connection.LINGER_SECONDS


def _used_a_thread() -> bool:
    context = SyncToAsync.thread_sensitive_context.get()
    return context in SyncToAsync.context_to_thread_executor
