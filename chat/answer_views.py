"""What is asked of an answer that goes on, or did: to have it again, or to end it."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from msgspec import to_builtins

from chat.access.visiting import let_in
from chat.answers.answer import Answer
from chat.answers.elsewhere import Elsewhere
from chat.answers.finding import find_answer, stop_answer
from chat.answers.opening import asks_again
from chat.answers.owner import Owner
from chat.exchange.visit import visit_of
from chat.protocols.answers import StoppedAnswer
from chat.protocols.dialects import NATIVE
from chat.web.api_view import api_view
from chat.web.followed import FollowedAnswer

LONGEST_NUMBER = 9
# For `WorkflowChatTransport` of the AI SDK.
TAIL = "X-Workflow-Stream-Tail-Index"


@api_view("GET", NATIVE)
async def resume(request: HttpRequest, id: str) -> HttpResponseBase:
    """For `useChat` with `resume`: all of the answer from its beginning, and on.

    With `startIndex`, as `WorkflowChatTransport` has it, from that chunk on; one below
    0 counts from the end. Where the answer is over and no chunk is left it is told by
    410, or it would ask for ever.
    """
    answer = await _find(request, id)
    start = request.GET.get("startIndex")
    if start is None or answer is None or answer.frames is None:
        return _followed(answer, 0)
    frames = answer.frames
    count = frames.count()
    after = max(0, count - _number(start[1:])) if start[:1] == "-" else _number(start)
    if frames.is_over and after >= count:
        return _nothing(410)
    response = _followed(answer, after)
    response[TAIL] = str(count - 1)
    return response


@api_view("GET", NATIVE)
async def go_on(request: HttpRequest, id: str) -> HttpResponseBase:
    """What follows the frame that `Last-Event-ID` names."""
    last = _number(request.headers.get("Last-Event-ID"))
    return _followed(await _find(request, id), last)


@api_view("POST", NATIVE, takes_body=False)
async def stop(request: HttpRequest, id: str) -> HttpResponse:
    """End what goes on; there may be nothing."""
    is_stopped = await stop_answer(id, _owner(request))
    return JsonResponse(to_builtins(StoppedAnswer(is_stopped)))


async def _find(request: HttpRequest, identity: str) -> Answer | Elsewhere | None:
    return await find_answer(identity, _owner(request))


def _owner(request: HttpRequest) -> Owner:
    return asks_again(request, visit_of(request).asker or let_in(request))


def _followed(answer: Answer | Elsewhere | None, after: int) -> HttpResponseBase:
    if answer and answer.frames and not answer.frames.is_lost:
        return FollowedAnswer(answer, answer.frames, after)
    return _nothing(204)


def _nothing(status: int) -> HttpResponse:
    response = HttpResponse(status=status)
    vars(response)["_has_been_logged"] = True  # by Django, as a failure that it is not
    del response["Content-Type"]
    return response


def _number(text: str | None) -> int:
    """Return 0 for what is none."""
    text = (text or "").strip()
    is_number = text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
    return int(text) if is_number else 0
