"""Django's middleware, fitted to ASGI.

A synchronous hook costs a hop to a thread. What only computes runs on the event loop;
what serves the admin steps aside on the paths of the API.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from io import BytesIO
from typing import Any, BinaryIO, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import MiddlewareNotUsed
from django.db import Error, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware import clickjacking, common, csrf, security
from django.utils.deprecation import MiddlewareMixin
from servestatic.middleware import ServeStaticMiddleware
from servestatic.responders import MissingFileError, Redirect, StaticFile

from chat import request_id
from chat.address import Address, is_within, read_address
from chat.exchange.visit import visit_of
from chat.protocols.astray import is_astray
from chat.web.aside import check_use

SESSION_KEY = re.compile(r"[a-z0-9]{8,40}")

Response = HttpResponseBase | Awaitable[HttpResponseBase]
logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], Any]


def is_api(request: HttpRequest) -> bool:
    """Whether the path belongs to the API. By `path_info`, as the routes see it."""
    path = request.path_info
    if path.startswith(("/api/", "/v1/", "/health/", "/metrics/")):
        return True
    return path in ("/health", "/metrics") or is_astray(path)


class RequestIdMiddleware:
    """Outermost: X-Request-ID on every response, and the id known to every log line."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Response:
        identity = _identified(request)
        if self.is_async:
            return self._acall(request, identity)
        return _labelled(self.get_response(request), identity)

    async def _acall(self, request: HttpRequest, identity: str) -> HttpResponseBase:
        return _labelled(await self.get_response(request), identity)


def _identified(request: HttpRequest) -> str:
    identity = visit_of(request).request_id
    request_id.current.set(identity)
    return identity


def _labelled(response: HttpResponseBase, identity: str) -> HttpResponseBase:
    response.headers["X-Request-ID"] = identity
    return response


class Inline(MiddlewareMixin):
    """Runs the hooks of a middleware that never waits on the event loop itself."""

    async def __acall__(self, request: HttpRequest) -> Any:
        response = None
        if hasattr(self, "process_request"):
            response = self.process_request(request)
        if response is None:
            response = await self.get_response(request)  # type: ignore[misc]
        if hasattr(self, "process_response"):
            response = self.process_response(request, response)
        return response


# Proxies that follow each other are few, and a caller may send any number of addresses.
FORWARDED_LENGTH = 2000


class TrustedProxyMiddleware(Inline):
    """Believes X-Forwarded-* from TRUSTED_PROXIES; from others it removes them.

    uvicorn's own believes X-Forwarded-Proto, and leaves it to Django, from whoever
    sends it; it does not know a proxy by its address mapped to IPv6, and takes any
    text for an address.
    """

    def __init__(self, get_response: GetResponse) -> None:
        if not settings.TRUSTED_PROXIES:
            raise MiddlewareNotUsed
        super().__init__(get_response)

    def process_request(self, request: HttpRequest) -> None:
        meta = request.META
        if not _is_trusted(read_address(meta.get("REMOTE_ADDR"))):
            for name in [name for name in meta if "X_FORWARDED_" in name]:
                del meta[name]
        elif forwarded := meta.get("HTTP_X_FORWARDED_FOR"):
            meta["REMOTE_ADDR"] = _caller(forwarded, meta["REMOTE_ADDR"])


def _caller(forwarded: str, proxy: str) -> str:
    """Return the last address that is no proxy of ours; `proxy` if all of them are.

    Where something else stands for an address it is not known, and empty.
    """
    listed = forwarded[-FORWARDED_LENGTH:].split(",")
    if len(forwarded) > FORWARDED_LENGTH:
        del listed[0]  # its beginning may be missing
    for text in reversed(listed):
        if not text.strip():
            continue
        if (address := read_address(text)) is None:
            return ""
        if not _is_trusted(address):
            return str(address)
    return proxy


def _is_trusted(address: Address | None) -> bool:
    return address is not None and is_within(address, settings.TRUSTED_PROXIES)


class SecurityMiddleware(Inline, security.SecurityMiddleware):
    def process_request(self, request: HttpRequest) -> Any:
        response = super().process_request(request)
        if response is not None and is_api(request):
            response.status_code = 308  # after 301 many clients make a GET of a POST
        return response


class XFrameOptionsMiddleware(Inline, clickjacking.XFrameOptionsMiddleware):
    pass


class CommonMiddleware(Inline, common.CommonMiddleware):
    """On API paths only Content-Length: their views check the Host, and their routes
    answer with and without a slash."""

    def process_request(self, request: HttpRequest) -> Any:
        return None if is_api(request) else super().process_request(request)

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return not is_api(request) and super().should_redirect_with_slash(request)


class StaticFilesMiddleware(ServeStaticMiddleware):
    """Looks for files only where they can be: under DEBUG the look is a thread hop.

    What is not there goes no further: that would take a thread for each request.
    """

    def __init__(self, get_response: GetResponse) -> None:
        check_use()
        super().__init__(get_response)
        self._beyond = get_response
        self.get_response = _missing

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(self.static_prefix):
            return cast("HttpResponseBase", await self._beyond(request))
        with suppress(MissingFileError):  # under DEBUG it would become a 500
            return await super().__call__(request)
        return await _missing(request)

    @staticmethod
    async def aserve(found: StaticFile | Redirect, request: HttpRequest) -> Any:
        """Read it in one go: a caller who left between two pieces left it open."""
        return await asyncio.to_thread(_read, found, request)


async def _missing(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse("There is no such file.\n", "text/plain; charset=utf-8", 404)


def _read(found: StaticFile | Redirect, request: HttpRequest) -> HttpResponse:
    answer = found.get_response(request.method or "GET", request.META)
    with cast("BinaryIO", answer.file or BytesIO()) as file:
        response = HttpResponse(file.read(), status=int(answer.status))
    del response["Content-Type"]
    for name, value in answer.headers:
        if value is not None:
            response[name] = value
    return response


class AdminOnly(MiddlewareMixin):
    """Steps aside on API paths, as stock elsewhere."""

    def __init__(self, get_response: GetResponse) -> None:
        check_use()
        super().__init__(get_response)

    def __call__(self, request: HttpRequest) -> Any:
        if is_api(request):
            return self.get_response(request)
        return super().__call__(request)


class SessionMiddleware(AdminOnly, sessions.SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        """Not every database can look for what a cookie may hold."""
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        if not SESSION_KEY.fullmatch(key):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        super().process_request(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        """Who only looks is shown what can be read where nothing can be written: the
        disk is full, the database a copy to read from."""
        try:
            return super().process_response(request, response)
        except (Error, SessionInterrupted) as error:
            cause = _why_not_written(error)
            if cause is None:
                raise
            if request.method not in ("GET", "HEAD"):
                raise cause from cause.__cause__
            logger.warning("A session could not be written: %s", cause)
            return response


def _why_not_written(error: BaseException | None) -> BaseException | None:
    """The database's reason; a session that was deleted meanwhile has none."""
    while error and not isinstance(error, OperationalError | InternalError):
        error = error.__context__
    return error


class AuthenticationMiddleware(AdminOnly, auth.AuthenticationMiddleware):
    pass


class MessageMiddleware(AdminOnly, messages.MessageMiddleware):
    pass


class CsrfViewMiddleware(AdminOnly, csrf.CsrfViewMiddleware):
    # A coroutine, or Django would hop to a thread only to learn that it is not needed.
    async def process_view(  # type: ignore[override]
        self, request: HttpRequest, *view: Any
    ) -> HttpResponseBase | None:
        if is_api(request):
            return None
        return await sync_to_async(super().process_view, thread_sensitive=True)(
            request, *view
        )
