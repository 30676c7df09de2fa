"""What every API view shares: the request is checked, and every failure answered."""

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from chat import request_id
from chat.exchange import log_line
from chat.exchange.exchange import Exchange
from chat.failures import Failure, MethodNotAllowed, Refused, UnsupportedMediaType
from chat.protocols import Dialect
from chat.requestlog.entry import Visit
from chat.requestlog.journal import journal
from chat.web.body import BEGINNING_BYTES
from chat.web.responses import error_response

logger = logging.getLogger(__name__)

AsyncView = Callable[..., Awaitable[HttpResponseBase]]
Guess = Callable[[bytes], Dialect]


def api_view(
    method: str, dialect: Dialect, guess: Guess | None = None
) -> Callable[[AsyncView], Any]:
    """Make a view answer `method` alone, and its failures in the dialect's words.

    `guess` tells by the beginning of a body that no view came to read whose words
    these are. Every request is remembered; one that opens no exchange, as refused.

    CSRF is stopped by the content type: a foreign page cannot send JSON without a CORS
    preflight.
    """

    def decorate(view: AsyncView) -> AsyncView:
        @wraps(view)
        async def guarded(request: HttpRequest, **words: str) -> HttpResponseBase:
            try:
                if request.method == "OPTIONS":
                    return _options(method)
                scope = _scope(request)
                scope["visit"] = Visit(request, dialect.name)
                if refusal := scope.get("refusal"):
                    raise refusal
                if not scope.get("head_is_fine"):
                    check_head(request)
                return await view(request, **words)
            except Failure as failure:
                return _answer(request, failure, spoken(request), method)
            except Exception:
                logger.exception("A fault of ours")
                return _answer(request, Failure(), spoken(request), method)

        def spoken(request: HttpRequest) -> Dialect:
            known: Dialect | None = _scope(request).get("dialect")
            return known or (guess(_beginning(request)) if guess else dialect)

        def check_head(request: HttpRequest) -> None:
            _check_head(request, method)

        guarded.check_head = check_head  # type: ignore[attr-defined]
        return csrf_exempt(guarded)

    return decorate


def taken(request: HttpRequest) -> bytes:
    """Return the body and let go of it: a stream may last, and images are large."""
    body = request.body
    request._body = b""
    request.close()
    return body


def _check_head(request: HttpRequest, method: str) -> None:
    try:
        request.get_host()  # nobody else does without CommonMiddleware
    except DisallowedHost as error:
        raise Refused("The Host header is not allowed here.") from error
    if request.method != method:
        raise MethodNotAllowed(f"Use {method} here.")
    if method != "POST":
        return
    if request.content_type != "application/json":
        raise UnsupportedMediaType("Content-Type must be application/json.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMediaType("Content-Encoding is not supported.")


def _beginning(request: HttpRequest) -> bytes:
    if hasattr(request, "_body"):
        return b""  # it was taken, and who took it knew what was spoken
    found: bytes = _scope(request).get("beginning") or request.read(BEGINNING_BYTES)
    return found


def _answer(
    request: HttpRequest, failure: Failure, dialect: Dialect, method: str
) -> HttpResponse:
    scope = _scope(request)
    exchange: Exchange | None = scope.get("exchange")
    if exchange:
        exchange.fail(failure)
        exchange.status = failure.status
    else:
        log_line.refused(failure)
        if settings.CHAT_REQUEST_LOG and "visit" in scope:
            scope["visit"].dialect = dialect.name
            journal().refuse(scope["visit"], failure, scope.get("asked"))
    response = error_response(failure, dialect, request_id.current.get())
    if isinstance(failure, MethodNotAllowed):
        response["Allow"] = _allow(method)
    return response


def _options(method: str) -> HttpResponse:
    response = HttpResponse(status=204, headers={"Allow": _allow(method)})
    del response["Content-Type"]
    return response


def _scope(request: HttpRequest) -> dict[str, Any]:
    scope: dict[str, Any] = request.scope  # type: ignore[attr-defined]
    return scope


def _allow(method: str) -> str:
    return f"{method}, OPTIONS"
