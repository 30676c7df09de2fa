"""What every API view shares: the request is checked, and every failure answered."""

import logging
from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from chat import lines
from chat.access.entrance import count_wrong_key
from chat.access.refusals import refusals
from chat.access.visiting import let_in
from chat.access.watch import prepare
from chat.exchange import log_line
from chat.exchange.outcome import Outcome, refusal
from chat.exchange.visit import Visit, visit_of
from chat.failures import (
    AccessRefused,
    Failure,
    MethodNotAllowed,
    Refused,
)
from chat.metrics import meter
from chat.protocols import Dialect
from chat.requestlog.journal import journal
from chat.tracebacks import forget_frames
from chat.tracing import tracer
from chat.web.body import BEGINNING_BYTES
from chat.web.content import check_content
from chat.web.responses import error_response

logger = logging.getLogger(__name__)

LONGEST_HOST = 100

AsyncView = Callable[..., Awaitable[HttpResponseBase]]
Guess = Callable[[bytes], Dialect]
Speak = Callable[[HttpRequest], Dialect]


@dataclass(frozen=True)
class Rules:
    """What is asked of a request before its view is called."""

    method: str
    dialect: Dialect
    guess: Guess | None
    is_public: bool
    takes_body: bool
    as_text: bool

    def check_head(self, request: HttpRequest) -> None:
        """Look at everything but the body. Raises Refused."""
        _check_head(request, self.method)
        if not self.is_public:
            let_in(request)
        if self.takes_body:
            check_content(request, self.method, self.as_text)

    async def look(self, request: HttpRequest) -> None:
        """Look at it if nobody has; raises Refused for what is found, by whomever."""
        visit = visit_of(request)
        if not (visit.refusal or visit.head_is_fine):
            await prepare()
            visit.refusal = self._refusal_of(request)
        if isinstance(visit.refusal, AccessRefused):
            raise count_wrong_key(visit.refusal, visit.address)
        if visit.refusal:
            raise visit.refusal

    def speak(self, request: HttpRequest) -> Dialect:
        """Return the dialect in which a failure is told."""
        return self.guess(_beginning(request)) if self.guess else self.dialect

    def _refusal_of(self, request: HttpRequest) -> Refused | None:
        try:
            self.check_head(request)
        except Refused as refusal:
            forget_frames(refusal)
            return refusal
        return None


def api_view(
    method: str,
    dialect: Dialect,
    guess: Guess | None = None,
    *,
    is_public: bool = False,
    takes_body: bool = True,
    as_text: bool = False,
) -> Callable[[AsyncView], Any]:
    """Make a view answer `method` alone, and its failures in the dialect's words.

    `guess` tells by the beginning of a body that no view came to read whose words
    these are. Every request is remembered; one that opens no exchange, as refused. Who
    asks is looked for before the body is taken in, unless the view `is_public`.

    CSRF is stopped by the content type: a foreign page cannot send JSON without a CORS
    preflight. `as_text` takes JSON that is not called so, of the AI SDK's
    `WorkflowChatTransport`, but from no page that is not let in. What is done without a
    body (`takes_body`) must be for nobody whom a cookie lets in from elsewhere.
    """
    rules = Rules(method, dialect, guess, is_public, takes_body, as_text)

    def decorate(view: AsyncView) -> AsyncView:
        @wraps(view)
        async def guarded(request: HttpRequest, **words: str) -> HttpResponseBase:
            if request.method == "OPTIONS":
                return _options(method)
            visit = visit_of(request)
            visit.describe(request)
            visit.dialect = dialect.name
            response = await answered(request, rules.speak, look(request, words))
            if response.status_code == MethodNotAllowed.status:
                response["Allow"] = _allow(method)
            return response

        async def look(request: HttpRequest, words: Any) -> HttpResponseBase:
            await rules.look(request)
            return await view(request, **words)

        guarded.check_head = rules.check_head  # type: ignore[attr-defined]
        return csrf_exempt(guarded)

    return decorate


async def answered(
    request: HttpRequest, speak: Speak, answering: Awaitable[HttpResponseBase]
) -> HttpResponseBase:
    """Return what `answering` returns, or its failure in the dialect of `speak`."""
    try:
        return await answering
    except Failure as failure:
        told = failure
    except Exception:
        logger.exception("A fault of ours")
        told = Failure()
    forget_frames(told)  # which lead back to it, and to the body
    return await _failed(request, told, speak(request))


def take_body(request: HttpRequest) -> bytes:
    """Return the body and let go of it: a stream may last, and images are large.

    A byte order mark is left out (RFC 8259, 8.1); clients of .NET and PowerShell send
    one.
    """
    body = request.body.removeprefix(BOM_UTF8)
    request._body = b""
    request.close()
    return body


def _check_head(request: HttpRequest, method: str) -> None:
    try:
        request.get_host()  # nobody else does without CommonMiddleware
    except DisallowedHost as error:
        host = lines.shorten(request.META.get("HTTP_HOST", ""), LONGEST_HOST)
        raise Refused(
            "The Host header is not allowed here.",
            diagnosis=f"the host {host} is not in ALLOWED_HOSTS",
        ) from error
    if request.method != method:
        raise MethodNotAllowed(f"Use {method} here.")


def _beginning(request: HttpRequest) -> bytes:
    if hasattr(request, "_body"):
        return visit_of(request).beginning  # it was taken
    return visit_of(request).beginning or request.read(BEGINNING_BYTES)


async def _failed(
    request: HttpRequest, failure: Failure, dialect: Dialect
) -> HttpResponse:
    visit = visit_of(request)
    if exchange := visit.exchange:
        failure = exchange.fail(failure)
        exchange.told(failure.status)
        await exchange.about_to_end()
        if not visit.is_watched:  # or it is closed once the caller has the answer
            await exchange.close()
    else:
        visit.dialect = dialect.name
        outcome = refusal(failure)
        tracer.refused(visit, outcome, request)
        await _remember_refusal(visit, outcome, failure)
    return error_response(failure, dialect, visit.request_id)


async def _remember_refusal(visit: Visit, outcome: Outcome, failure: Failure) -> None:
    """In a row; those by access are only counted, for they may be many."""
    log_line.refused(outcome, visit.asked)
    meter.refused(visit, outcome)
    if isinstance(failure, AccessRefused):
        client_id = failure.client_id or visit.caller.client_id
        refusals.count(client_id, failure.reason)
    elif settings.CHAT_REQUEST_LOG:
        await journal().refuse(visit, outcome)


def _options(method: str) -> HttpResponse:
    response = HttpResponse(status=204, headers={"Allow": _allow(method)})
    del response["Content-Type"]
    return response


def _allow(method: str) -> str:
    return f"{method}, OPTIONS"
