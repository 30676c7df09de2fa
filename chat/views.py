"""The story of a request: read it, open the exchange, answer."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from chat import keys, request_id
from chat.api import api_view, taken
from chat.caller import Caller
from chat.conversation import ChatRequest
from chat.exchange import Exchange
from chat.failures import NotConfigured, NotFound
from chat.protocols import Dialect
from chat.protocols.dialects import NATIVE as native
from chat.protocols.dialects import dialect_of
from chat.requestlog.journal import journal
from chat.responses import StreamedAnswer, WholeAnswer, error_response


@api_view("POST", native)
async def chat(request: HttpRequest) -> HttpResponseBase:
    """Answer a conversation, streamed or whole."""
    raw = taken(request)
    return await answer(request, raw, dialect_of(raw))


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
    failure = NotFound(f"There is nothing at {request.path}.")
    return error_response(failure, native, request_id.current.get())
