"""The story of a request: read it, open the exchange, answer."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from chat import keys, request_id
from chat.api import api_view, taken
from chat.caller import Caller
from chat.conversation import ChatRequest
from chat.doctor.order import PREFIX
from chat.doctor.service import diagnosis
from chat.exchange import Exchange
from chat.failures import NotConfigured, NotFound
from chat.protocols import Dialect, known_models
from chat.protocols.dialects import OPENAI, spoken_near
from chat.protocols.door import Door
from chat.requestlog.journal import journal
from chat.responses import StreamedAnswer, WholeAnswer, error_response


def conversation(door: Door) -> Any:
    """Make the view of a door: a conversation in, an answer out, streamed or whole."""

    @api_view("POST", door.usual, door.likely_dialect_of)
    async def view(request: HttpRequest) -> HttpResponseBase:
        raw = taken(request)
        if found := raw.startswith(PREFIX) and await diagnosis(request, raw):
            return found
        return await answer(request, raw, door.dialect_of(raw))

    return view


@api_view("GET", OPENAI)
async def models(request: HttpRequest) -> HttpResponse:
    """List the models a client may choose from; nobody is asked."""
    return JsonResponse(known_models.listing())


@api_view("GET", OPENAI)
async def model(request: HttpRequest, id: str) -> HttpResponse:
    """Describe one of them."""
    return JsonResponse(known_models.one(id))


async def answer(
    request: HttpRequest, raw: bytes, dialect: Dialect
) -> HttpResponseBase:
    """Answer `raw` in the dialect it is written in. Raises Failure."""
    scope = request.scope  # type: ignore[attr-defined]
    scope["dialect"], scope["visit"].dialect = dialect, dialect.name
    asked = scope["asked"] = dialect.read(raw)
    if problem := keys.problem_with(settings.ZAI_API_KEY):
        raise NotConfigured(problem)
    exchange = await _open_exchange(request, asked)
    if not asked.stream:
        return WholeAnswer(exchange, dialect.whole(await exchange.complete()))
    await exchange.open()
    return StreamedAnswer(exchange, dialect)


async def _open_exchange(request: HttpRequest, asked: ChatRequest) -> Exchange:
    scope = request.scope  # type: ignore[attr-defined]
    caller = scope.get("caller") or Caller()  # none under Django's test client
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
