"""Carries what the SDK builds for httpx over aiohttp, without threads."""

import socket
import warnings
from collections.abc import AsyncIterator, Mapping

import aiohttp
import httpx
from aiohappyeyeballs import AddrInfoType
from aiohttp.helpers import get_env_proxy_for_url, strip_auth_from_url
from django.conf import settings
from yarl import URL

from chat.failures import Failure
from chat.upstream.connection import Connector, Use, use
from chat.upstream.errors import BROKEN_CONNECTION, make_network_failure
from chat.upstream.head import Head
from chat.upstream.told_error import LONGEST_BODY

# A gateway's policies and cookies go beyond the 8,190 bytes that aiohttp takes.
LONGEST_RESPONSE_HEADER = 32 * 1024
# Z.AI leaves connections that it gave up open for long (OmniRoute#3905).
KEEP_ALIVE_SECONDS = 15
TLS_SHUTDOWN_SECONDS = 0.1
# How much of Z.AI's answer the kernel and aiohttp take ahead of a caller who does not
# read; the kernel alone would take megabytes, and hand them over in one piece.
RECEIVE_BYTES = 32 * 1024
READ_BYTES = 16 * 1024
KEPT_HEADERS = frozenset({"retry-after", "x-log-id"})


def open_session(base_url: str) -> aiohttp.ClientSession:
    """Return the session that calls Z.AI; call it inside a running event loop."""
    proxy, proxy_auth = _find_proxy(base_url)
    return aiohttp.ClientSession(
        connector=_make_connector(),
        # Z.AI sets cookies, and callers must not share them.
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity"},
        read_bufsize=READ_BYTES,
        timeout=aiohttp.ClientTimeout(
            total=None, connect=settings.ZAI_CONNECT_TIMEOUT, sock_read=None
        ),
        max_line_size=LONGEST_RESPONSE_HEADER,
        max_field_size=LONGEST_RESPONSE_HEADER,
        proxy=proxy,
        proxy_auth=proxy_auth,
    )


class StaleConnection(Exception):
    """A pooled connection had died unnoticed, or Z.AI closed it: that counts as no try.

    Each of these uses up a pooled connection; a new one raises aiohttp's own error.
    """


async def send(
    session: aiohttp.ClientSession,
    head: Head,
    body: list[bytes],
    further: Mapping[str, str],
) -> aiohttp.ClientResponse:
    """Send `body` with `head` and `further`. Raises StaleConnection and Failure."""
    this = Use()
    use.set(this)
    headers = head.headers
    if further:
        headers = headers.copy()
        headers.update(further)
    data: bytes | AsyncIterator[bytes] = body[0]
    if len(body) > 1:
        headers = headers.copy()
        headers["Content-Length"] = str(sum(map(len, body)))
        data = _send_in_turn(body)
    try:
        return await session.request(
            head.method, head.url, headers=headers, data=data, allow_redirects=False
        )
    except BROKEN_CONNECTION as error:
        is_lost = isinstance(error, aiohttp.ServerDisconnectedError | OSError)
        if is_lost and this.is_again:
            raise StaleConnection from error
        raise make_network_failure(error, "before the head of the answer") from error


async def read(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Return the body, or the first `most` bytes and a little more. Raises Failure."""
    parts: list[bytes] = []
    size = 0
    try:
        while size < most and (part := await response.content.readany()):
            parts.append(part)
            size += len(part)
    except BROKEN_CONNECTION as error:
        where = f"after {size} bytes of a whole answer"
        raise make_network_failure(error, where) from error
    return b"".join(parts)


async def read_as_httpx(
    response: aiohttp.ClientResponse, request: httpx.Request
) -> httpx.Response:
    """Return the answer, read to its end or to `LONGEST_BODY`, and close it.

    The body of one that breaks off is empty: its status is there all the same.
    """
    body = b""
    try:
        body = await read(response, LONGEST_BODY)
    except Failure:
        pass
    finally:
        response.close()
    headers = [
        (name, value)
        for name, value in response.headers.items()
        # httpx takes no other letters in them than those of ASCII.
        if name.lower() in KEPT_HEADERS and value.isascii()
    ]
    return httpx.Response(
        response.status, headers=headers, content=body, request=request
    )


def _make_connector() -> aiohttp.TCPConnector:
    with warnings.catch_warnings():
        # Deprecated, but all there is: else a TLS connection to a Z.AI that has fallen
        # silent takes 30 s to close.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Connector(
            limit=0,
            socket_factory=_open_little_socket,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            ssl=httpx.create_ssl_context(),
            ssl_shutdown_timeout=TLS_SHUTDOWN_SECONDS,
        )


def _open_little_socket(address: AddrInfoType) -> socket.socket:
    family, kind, protocol, *_ = address
    connection = socket.socket(family, kind, protocol)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    return connection


def _find_proxy(base_url: str) -> tuple[URL | None, aiohttp.BasicAuth | None]:
    # Found once: with its own trust_env, aiohttp asks a thread at every request.
    try:
        proxy, proxy_auth = get_env_proxy_for_url(URL(base_url))
    except LookupError:
        return None, None
    if not proxy.host:
        # `HTTPS_PROXY=host:port`, as curl takes it.
        proxy, proxy_auth = strip_auth_from_url(URL(f"http://{proxy}"))
    return proxy, proxy_auth


async def _send_in_turn(pieces: list[bytes]) -> AsyncIterator[bytes]:
    # aiohttp would write a large body in one go, and hold up everybody else.
    for piece in pieces:
        yield piece
