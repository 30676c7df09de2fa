"""Carries what the SDK builds for httpx over aiohttp, without threads."""

import io
import warnings
from functools import lru_cache
from types import SimpleNamespace

import aiohttp
import httpx
from aiohttp.helpers import get_env_proxy_for_url
from django.conf import settings
from yarl import URL

from chat.upstream.errors import LONGEST_BODY

# Z.AI leaves connections that it gave up open for long (OmniRoute#3905).
KEEP_ALIVE_SECONDS = 15
TLS_SHUTDOWN_SECONDS = 0.1
LARGE_BODY = 256 * 1024
OWN_HEADERS = frozenset({"host", "connection", "content-length", "accept-encoding"})
KEPT_HEADERS = frozenset({"content-type", "retry-after", "x-log-id"})


def open_session(base_url: str) -> aiohttp.ClientSession:
    """Open what calls Z.AI; inside a running event loop."""
    tracing = aiohttp.TraceConfig()
    tracing.on_connection_reuseconn.append(_mark_reused)
    proxy, proxy_auth = _proxy(base_url)
    return aiohttp.ClientSession(
        connector=_connector(),
        # Z.AI sets cookies, and callers must not share them.
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity"},
        timeout=aiohttp.ClientTimeout(
            total=None, connect=settings.ZAI_CONNECT_TIMEOUT, sock_read=None
        ),
        trace_configs=[tracing],
        proxy=proxy,
        proxy_auth=proxy_auth,
    )


class StaleConnection(Exception):
    """A pooled connection had died unnoticed, or died in Z.AI's hands: that is no try.

    Each uses one up, and a new connection raises aiohttp's own error.
    """


async def send(
    session: aiohttp.ClientSession, request: httpx.Request
) -> aiohttp.ClientResponse:
    """Send what was built for httpx. Raises StaleConnection and aiohttp's errors."""
    headers = [(k, v) for k, v in request.headers.items() if k not in OWN_HEADERS]
    connection = SimpleNamespace(reused=False)
    try:
        return await session.request(
            request.method,
            _parsed(str(request.url)),
            headers=headers,
            data=_in_pieces(request.content),
            allow_redirects=False,
            trace_request_ctx=connection,
        )
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        if connection.reused:
            raise StaleConnection from error
        raise


async def as_httpx(
    response: aiohttp.ClientResponse, request: httpx.Request
) -> httpx.Response:
    """Read the answer to the end, or to `LONGEST_BODY`, and close it."""
    body = b""
    try:
        while len(body) < LONGEST_BODY:
            if not (more := await response.content.readany()):
                break
            body += more
    finally:
        response.close()
    headers = [(k, v) for k, v in response.headers.items() if k.lower() in KEPT_HEADERS]
    return httpx.Response(
        response.status, headers=headers, content=body, request=request
    )


def _connector() -> aiohttp.TCPConnector:
    with warnings.catch_warnings():
        # Deprecated, but all there is: else a TLS connection to a Z.AI that has fallen
        # silent takes 30 s to close.
        warnings.simplefilter("ignore", DeprecationWarning)
        return aiohttp.TCPConnector(
            limit=0,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            ssl=httpx.create_ssl_context(),
            ssl_shutdown_timeout=TLS_SHUTDOWN_SECONDS,
        )


def _proxy(base_url: str) -> tuple[URL | None, aiohttp.BasicAuth | None]:
    # Once, for aiohttp's own trust_env asks in a thread at every request.
    try:
        return get_env_proxy_for_url(URL(base_url))
    except LookupError:
        return None, None


def _in_pieces(body: bytes) -> bytes | io.BytesIO:
    # aiohttp would write it in one go, and hold up everybody else.
    return io.BytesIO(body) if len(body) > LARGE_BODY else body


@lru_cache(maxsize=8)
def _parsed(url: str) -> URL:
    return URL(url, encoded=True)


async def _mark_reused(
    session: aiohttp.ClientSession,
    trace: SimpleNamespace,
    params: aiohttp.TraceConnectionReuseconnParams,
) -> None:
    trace.trace_request_ctx.reused = True
