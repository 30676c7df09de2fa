"""The story of a request: read it, open the exchange, answer."""

import asyncio
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from chat import keys, request_id
from chat.conversation import ChatRequest
from chat.doctor.order import PREFIX
from chat.doctor.service import diagnosis
from chat.exchange.caller import Caller
from chat.exchange.exchange import Exchange
from chat.exchange.places import sharer_of
from chat.failures import NotConfigured, NotFound, Refused
from chat.protocols import bulk, known_models
from chat.protocols.dialects import OPENAI, spoken_near
from chat.protocols.door import Door
from chat.requestlog.journal import journal
from chat.web.api_view import api_view, taken
from chat.web.body import BEGINNING_BYTES
from chat.web.responses import StreamedAnswer, WholeAnswer, error_response


def conversation(door: Door) -> Any:
    """Make the view of a door: a conversation in, an answer out, streamed or whole."""

    @api_view("POST", door.usual, door.likely_dialect_of)
    async def view(request: HttpRequest) -> HttpResponseBase:
        raw = taken(request)
        if found := raw.startswith(PREFIX) and await diagnosis(request, raw):
            return found
        asked = await read(request, raw, door)
        del raw  # the exchange may last, and what is asked is a copy
        return await answer(request, asked)

    return view


@api_view("GET", OPENAI)
async def models(request: HttpRequest) -> HttpResponse:
    """List the models a client may choose from; nobody is asked."""
    return JsonResponse(known_models.listing())


@api_view("GET", OPENAI)
async def model(request: HttpRequest, id: str) -> HttpResponse:
    """Describe one of them."""
    return JsonResponse(known_models.one(id))


async def read(request: HttpRequest, raw: bytes, door: Door) -> ChatRequest:
    """Return what `raw` asks, in whichever dialect of the door. Raises Refused."""
    scope = request.scope  # type: ignore[attr-defined]
    try:
        is_large = await bulk.is_large(raw)
    except Refused:
        scope["dialect"] = door.likely_dialect_of(raw[:BEGINNING_BYTES])
        raise
    raw = await bulk.without_halves(raw)
    dialect = scope["dialect"] = door.dialect_of(raw)
    scope["visit"].dialect = dialect.name
    if is_large:
        await asyncio.sleep(0)  # the others take their turn
    asked = scope["asked"] = dialect.read(raw)
    asked.is_large = is_large
    return asked


async def answer(request: HttpRequest, asked: ChatRequest) -> HttpResponseBase:
    """Answer in the dialect that was found. Raises Failure."""
    if problem := keys.problem_with(settings.ZAI_API_KEY):
        raise NotConfigured(problem)
    dialect = request.scope["dialect"]  # type: ignore[attr-defined]
    exchange = await _open_exchange(request, asked)
    if not asked.stream:
        return WholeAnswer(exchange, dialect.whole(await exchange.complete()))
    await exchange.open()
    return StreamedAnswer(exchange, dialect)


async def _open_exchange(request: HttpRequest, asked: ChatRequest) -> Exchange:
    scope = request.scope  # type: ignore[attr-defined]
    caller = scope.get("caller") or Caller()  # none under Django's test client
    caller.sharer = sharer_of(request.META.get("REMOTE_ADDR"))
    exchange = Exchange(asked, scope["request_id"], caller)
    scope["exchange"] = exchange
    if "exit_stack" in scope:
        scope["exit_stack"].push_async_callback(exchange.close)
    if settings.CHAT_REQUEST_LOG:
        await journal().open(scope["visit"], exchange)
    return exchange


@csrf_exempt
async def not_found(request: HttpRequest) -> HttpResponse:
    """Any other path of the API."""
    failure = NotFound("There is nothing at this path.")
    dialect = spoken_near(request.path_info)
    return error_response(failure, dialect, request_id.current.get())
