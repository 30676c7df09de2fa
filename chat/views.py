"""The story of a request: read it, open the exchange, answer."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from chat import keys, request_id
from chat.api import api_view, taken
from chat.caller import Caller
from chat.conversation import ChatRequest
from chat.exchange import Exchange
from chat.failures import NotConfigured, NotFound
from chat.protocols import Dialect, known_models
from chat.protocols.dialects import NATIVE as native
from chat.protocols.dialects import dialect_of
from chat.protocols.openai import OpenAI
from chat.requestlog.journal import journal
from chat.responses import StreamedAnswer, WholeAnswer, error_response

openai = OpenAI()


@api_view("POST", native)
async def chat(request: HttpRequest) -> HttpResponseBase:
    """Answer a conversation, streamed or whole."""
    raw = taken(request)
    return await answer(request, raw, dialect_of(raw))


@api_view("POST", openai)
async def chat_completions(request: HttpRequest) -> HttpResponseBase:
    """Answer as OpenAI would."""
    return await answer(request, taken(request), openai)


@api_view("GET", openai)
async def models(request: HttpRequest) -> HttpResponse:
    """List the models a client may choose from; nobody is asked."""
    return JsonResponse(known_models.listing())


@api_view("GET", openai)
async def model(request: HttpRequest) -> HttpResponse:
    """Describe one of them."""
    name = request.path_info.rstrip("/").rpartition("/")[2]
    return JsonResponse(known_models.one(name))


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
    dialect = openai if request.path_info.startswith("/v1/") else native
    return error_response(failure, dialect, request_id.current.get())
