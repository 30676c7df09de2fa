"""The story of a request: read it, open the exchange, answer."""

from collections.abc import Coroutine
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from chat import keys
from chat.access.visiting import admit_visit, allowed_models, let_in
from chat.answers.answer import Answer
from chat.answers.opening import open_answer
from chat.answers.relay import relay
from chat.answers.shelf import shelf
from chat.conversation import ChatRequest
from chat.doctor.service import open_to_the_doctor
from chat.exchange.exchange import Exchange
from chat.exchange.outcome import Outcome
from chat.exchange.places import sharer_of
from chat.exchange.visit import visit_of
from chat.failures import NotConfigured, Refused
from chat.metrics import meter
from chat.protocols import Dialect, bulk, known_models
from chat.protocols.astray import refusal_at
from chat.protocols.dialects import NATIVE, OPENAI
from chat.protocols.door import Door
from chat.requestlog.journal import journal
from chat.requestlog.recall import recall
from chat.tracing import tracer
from chat.web.api_view import answered, api_view, take_body
from chat.web.body import BEGINNING_BYTES
from chat.web.quota import labelled
from chat.web.responses import StreamedAnswer, WholeAnswer, error_response

Answering = Coroutine[Any, Any, HttpResponseBase]


def conversation(door: Door) -> Any:
    """Make the view of a door: a conversation in, an answer out, streamed or whole."""

    @api_view("POST", door.usual, door.likely_dialect_of, as_text=door.usual is NATIVE)
    @open_to_the_doctor
    async def view(request: HttpRequest) -> HttpResponseBase:
        dialect, answering = await recognise(request, door)
        return await answered(request, lambda _: dialect, answering)

    return view


@api_view("GET", OPENAI)
async def models(request: HttpRequest) -> HttpResponse:
    """List the models a client may choose from; nobody is asked."""
    return JsonResponse(known_models.list_models(allowed_models(request)))


@api_view("GET", OPENAI)
async def model(request: HttpRequest, id: str) -> HttpResponse:
    """Describe one of them."""
    return JsonResponse(known_models.describe_model(id, allowed_models(request)))


async def recognise(request: HttpRequest, door: Door) -> tuple[Dialect, Answering]:
    """Return the dialect of the body, and what answers it. Raises Refused.

    Nothing but what answers holds the body then: an exchange may last.
    """
    raw = take_body(request)
    try:
        is_large = await bulk.check_size(raw)
    except Refused:
        visit_of(request).beginning = raw[:BEGINNING_BYTES]
        raise
    raw = await bulk.replace_halves(raw)
    look = door.dialect_of
    dialect = await bulk.beside(look, raw) if is_large else look(raw)
    return dialect, converse(request, dialect, raw, is_large)


async def converse(
    request: HttpRequest, dialect: Dialect, raw: bytes, is_large: bool
) -> HttpResponseBase:
    """Answer what `raw` asks. Raises Failure."""
    asked = await read(request, dialect, raw, is_large)
    asked.is_large = is_large
    del raw  # what is asked is a copy
    return await answer(request, dialect, asked)


async def read(
    request: HttpRequest, dialect: Dialect, raw: bytes, is_large: bool
) -> ChatRequest:
    """Return what `raw` asks, with what it refers to. Raises Failure."""
    look = dialect.refers_to
    named = await bulk.beside(look, raw) if is_large else look(raw)
    asks = partial(dialect.read_with, answers=await recall(named, visit_of(request)))
    return await bulk.beside(asks, raw) if is_large else asks(raw)


async def answer(
    request: HttpRequest, dialect: Dialect, asked: ChatRequest
) -> HttpResponseBase:
    """Answer `asked` in `dialect`. Raises Failure."""
    exchange = await open_exchange(request, dialect, asked)
    if not asked.stream:
        body = dialect.whole(await exchange.complete(), asked, exchange.request_id)
        return labelled(WholeAnswer(exchange, body), request, dialect)
    await exchange.open()
    answer: Answer = visit_of(request).answer
    streamed = StreamedAnswer(exchange, dialect, answer.through)
    for name, value in answer.headers.items():
        streamed[name] = value
    return labelled(streamed, request, dialect)


async def open_exchange(
    request: HttpRequest, dialect: Dialect, asked: ChatRequest
) -> Exchange:
    """Return an exchange that may ask Z.AI, once; it has a place, and a row in the log.

    Who asks may ask this, and what it may cost is set aside. It is closed when the
    request is over, at the latest. Raises AccessRefused, NotConfigured without a usable
    key, and AtCapacity.
    """
    visit = visit_of(request)
    visit.dialect, visit.asked = dialect.name, asked
    if problem := keys.problem_with(settings.ZAI_API_KEY):
        raise NotConfigured(problem)
    visit.caller.sharer = sharer_of(request.META.get("REMOTE_ADDR"))
    asker = visit.asker or let_in(request)
    answer = await open_answer(request, visit.request_id, asker, asked, dialect)
    visit.answer, visit.caller.audience = answer, answer.audience
    admission = await admit_visit(visit, request, asked)
    try:
        exchange = Exchange(asked, visit.request_id, visit.caller, admission.stake)
    except BaseException:
        admission.end()
        raise

    def closed(outcome: Outcome) -> None:
        admission.end(outcome.charge)
        shelf.end(answer)

    answer.begin(exchange)
    shelf.put(answer)
    if there := relay():
        there.tell(answer)
    exchange.when_closed(closed)
    meter.follow(exchange, visit)
    tracer.follow(exchange, visit, request)
    visit.exchange, visit.admission = exchange, admission
    visit.at_end(exchange.close)
    if settings.CHAT_REQUEST_LOG:
        await journal().open(visit, exchange)
    return exchange


@csrf_exempt
async def not_found(request: HttpRequest) -> HttpResponse:
    """Any other path of the API, and those that clients take for one."""
    failure, told = refusal_at(request.path_info)
    return error_response(failure, told, visit_of(request).request_id)
