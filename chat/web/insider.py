"""Who may know how the service is inside: programs on this machine, and staff."""

import asyncio
import logging
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.http import HttpRequest
from django.http.request import split_domain_port

from chat.address import read_address
from chat.checks.loopback import is_loopback

logger = logging.getLogger(__name__)

DATABASE_SECONDS = 3.0
# A request with one of these, or X-Forwarded-…, was passed on for another caller.
FORWARDING = {b"cf-connecting-ip", b"forwarded", b"true-client-ip", b"via"}
FORWARDING |= {b"x-client-ip", b"x-real-ip"}


def is_local(request: HttpRequest) -> bool:
    """Whether a program on this machine asks, and asks for itself.

    A proxy on this machine is told by the headers it adds, by the Host it passes on,
    and nginx that was told nothing by its HTTP/1.0. All as it came over the wire: the
    middleware takes away what it does not believe.
    """
    scope: dict[str, Any] = request.scope  # type: ignore[attr-defined]
    address, _ = scope.get("client") or ("", 0)
    peer = read_address(address)
    if peer is None or not peer.is_loopback or scope.get("http_version") == "1.0":
        return False
    if any(map(_forwards, scope["headers"])):
        return False
    host, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
    return is_loopback(host.strip("[]"))


async def is_staff(request: HttpRequest) -> bool:
    """Whether staff asks. Looks into the database only if a session's cookie came.

    For paths of the API, where no middleware knows of sessions. A database that is
    away knows nobody.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    try:
        # sync_to_async would wait for the thread, whatever the limit.
        async with asyncio.timeout(DATABASE_SECONDS):
            return await asyncio.to_thread(_is_staff, request)
    except Exception as error:  # of a driver, a pool, a file system
        logger.debug("Whether staff asks is not known: %s", error)
        return False


def _forwards(header: tuple[bytes, bytes]) -> bool:
    name = header[0].lower()
    return name in FORWARDING or name.startswith(b"x-forwarded-")


def _is_staff(request: HttpRequest) -> bool:
    engine = import_module(settings.SESSION_ENGINE)
    probe: Any = HttpRequest()  # the answer is not to know of a session
    probe.session = engine.SessionStore(request.COOKIES[settings.SESSION_COOKIE_NAME])
    try:
        user: Any = get_user(probe)
        return bool(user.is_active and user.is_staff)
    finally:
        connection.close()
