"""Asks as a browser would, and notes when every piece comes."""

import asyncio
import contextlib
import ssl
import warnings
from collections.abc import Mapping
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import aiohttp
import certifi
import msgspec
from yarl import URL

from chat.access.passes import make_doctor_token
from chat.doctor import order
from chat.doctor.arrivals import Arrivals
from chat.doctor.clock import Clocks, now
from chat.doctor.order import Order

LONGEST = 1_000_000  # bytes that are read of one answer
TLS_SHUTDOWN_SECONDS = 0.001

JSON = {"Content-Type": "application/json"}
BROWSER = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en",
    "User-Agent": "Mozilla/5.0 (compatible; zai-chat-django doctor)",
}


class Asker:
    """The connection to what is examined, as long as the examination lasts."""

    def __init__(
        self,
        url: str,
        origin: str = "",
        patience: float = 15.0,
        ca: str = "",
        identity: Mapping[str, str] | None = None,
    ) -> None:
        """`patience`: seconds an answer may take beyond what was ordered.

        `identity`: headers that say who asks, to what stands before the service.
        Raises OSError if `ca` cannot be read.
        """
        self.url = URL(url)
        self.origin = origin
        self.patience = patience
        self.clocks = Clocks()
        self.certificate: Mapping[str, Any] = {}  # of the host that answers, once known
        self.http2 = False  # whether browsers are offered it, once that is known
        self.tls = _trusting(ca)
        self.tls_of_browsers = _trusting(ca)
        self.tls_of_browsers.set_alpn_protocols(["h2", "http/1.1"])
        self._headers = {**BROWSER, **({"Origin": origin} if origin else {})}
        self._identity = dict(identity or {})

    async def __aenter__(self) -> Self:
        tracing = aiohttp.TraceConfig()
        tracing.on_request_headers_sent.append(_note_asked)
        self._session = aiohttp.ClientSession(
            connector=self._connector(),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
            trace_configs=[tracing],
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    def _connector(self) -> aiohttp.TCPConnector:
        with warnings.catch_warnings():
            # Deprecated, but all there is. Browsers that leave close the connection;
            # without this it stays open until the other side agrees to close TLS.
            warnings.simplefilter("ignore", DeprecationWarning)
            return aiohttp.TCPConnector(
                limit=0,
                ssl=self.tls,
                # Idle connections are given up before anybody on the way does so.
                keepalive_timeout=5,
                happy_eyeballs_delay=0.25,
                ssl_shutdown_timeout=TLS_SHUTDOWN_SECONDS,
            )

    def understand_only_gzip(self) -> None:
        """From now on; what is compressed otherwise could not be read."""
        self._headers["Accept-Encoding"] = "gzip, deflate"

    async def look(self, about: str = "") -> tuple[Arrivals, dict[str, Any] | None]:
        """Compare clocks, and ask what became of the order with the nonce `about`.

        Returns the answer, and what it says unless it is none of the service's.
        """
        arrivals = await self._look(about, self._identify())
        said = _said(arrivals)
        if said:
            times = said["received"], said["sent"]
            self.clocks.compare(said["host"], arrivals.asked, *times, arrivals.ended)
        return arrivals, said

    async def look_as_a_stranger(self) -> tuple[Arrivals, dict[str, Any] | None]:
        """Look without any key; returns what `look` does."""
        arrivals = await self._look("", {})
        return arrivals, _said(arrivals)

    async def _look(self, about: str, identity: Mapping[str, str]) -> Arrivals:
        body = order.encode(order.make(about=about))
        headers = {**JSON, "Accept-Encoding": "identity", **identity}
        return await self.request("POST", self.patience, headers, body)

    async def play(self, asked: Order, leave_after: float | None = None) -> Arrivals:
        """Listen to a stream, to its end or until we leave."""
        limit = leave_after or asked.seconds + self.patience
        return await self.post(order.encode(asked), limit)

    async def post(self, body: bytes, limit: float) -> Arrivals:
        return await self.request("POST", limit, {**JSON, **self._identify()}, body)

    def _identify(self) -> dict[str, str]:
        """What opens a locked service to orders, unless a key of its own was given."""
        return {"Authorization": f"Bearer {make_doctor_token()}", **self._identity}

    async def request(
        self,
        method: str,
        limit: float,
        headers: dict[str, str],
        body: bytes | None = None,
    ) -> Arrivals:
        """Ask, and return what came within `limit` seconds; network errors too."""
        arrivals = Arrivals(asked=now())
        try:
            async with asyncio.timeout(limit):
                async with self._session.request(
                    method,
                    self.url,
                    data=body,
                    headers={**self._headers, **headers},
                    allow_redirects=False,
                    trace_request_ctx=arrivals,
                ) as response:
                    arrivals.answered = now()
                    arrivals.status = response.status
                    arrivals.headers = response.headers
                    await _listen(response, arrivals)
        except TimeoutError:
            arrivals.broke = f"nothing more came within {limit:g} s"
        except (aiohttp.ClientError, OSError) as error:
            arrivals.broke = str(error) or type(error).__name__
        arrivals.ended = now()
        return arrivals


def _trusting(ca: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    if ca:
        context.load_verify_locations(ca)
    return context


async def _listen(response: aiohttp.ClientResponse, arrivals: Arrivals) -> None:
    size = 0
    async for piece in response.content.iter_any():
        arrivals.pieces.append((now(), piece))
        size += len(piece)
        if size > LONGEST:
            arrivals.broke = "more came than was asked for"
            return


async def _note_asked(
    session: aiohttp.ClientSession,
    trace: SimpleNamespace,
    params: aiohttp.TraceRequestHeadersSentParams,
) -> None:
    """From here on, not from before the connection was made."""
    trace.trace_request_ctx.asked = now()


def _said(arrivals: Arrivals) -> dict[str, Any] | None:
    with contextlib.suppress(msgspec.DecodeError, UnicodeError):
        said = msgspec.json.decode(arrivals.body)
        if isinstance(said, dict) and isinstance(said.get("diagnosis"), dict):
            return dict(said["diagnosis"])
    return None
