"""The official SDK, made natively async. Nothing else of the project imports it."""

import asyncio
from collections.abc import MutableMapping
from functools import lru_cache
from inspect import signature
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
import httpx
from django.conf import settings
from zai import ZaiClient
from zai.api_resource.chat.completions import Completions
from zai.core import APIStatusError
from zai.core._request_opt import FinalRequestOptions

from chat.conversation import ChatRequest
from chat.failures import Refused
from chat.upstream import errors
from chat.upstream.answer import Answer
from chat.upstream.transport import StaleConnection, as_httpx, open_session, send

SDK_PARAMETERS = frozenset(signature(Completions.create).parameters)


class AsyncZaiClient(ZaiClient):
    """`ZaiClient` whose `request` is a coroutine, carried by aiohttp.

    `chat.completions.create` hands back what `request` returns: the SDK builds the
    request, authenticates it, applies its rules to parameters and makes its errors;
    sending, reading and trying again are ours. Create it inside a running event loop.
    """

    def __init__(self, api_key: str, base_url: str) -> None:
        builder = httpx.Client(transport=httpx.MockTransport(_refuse), trust_env=False)
        super().__init__(
            api_key=api_key, base_url=base_url, max_retries=0, http_client=builder
        )
        self._session = open_session(base_url)

    async def stream(self, chat: ChatRequest, request_id: str) -> Answer:
        """Ask for a streamed answer. Raises Failure."""
        return Answer(await self._create(chat, request_id, stream=True))

    async def complete(self, chat: ChatRequest, request_id: str) -> bytes:
        """Ask for a whole answer, and return it as it came. Raises Failure."""
        response = await self._create(chat, request_id, stream=False)
        try:
            return await response.read()
        except aiohttp.ClientError as error:
            raise errors.network_failure(error) from error
        finally:
            response.release()

    async def aclose(self) -> None:
        self._client.close()
        await self._session.close()

    async def _create(
        self, chat: ChatRequest, request_id: str, *, stream: bool
    ) -> aiohttp.ClientResponse:
        known = {k: v for k, v in chat.parameters.items() if k in SDK_PARAMETERS}
        further = {k: v for k, v in chat.parameters.items() if k not in SDK_PARAMETERS}
        try:
            answer: Any = self.chat.completions.create(
                model=chat.model,
                # The SDK shortens images in the caller's own message dicts.
                messages=[_copy(message) for message in chat.messages],
                request_id=request_id,
                stream=stream,
                extra_body=further or None,
                **known,
            )
            response: aiohttp.ClientResponse = await answer
        except RecursionError as error:
            raise Refused("The body is nested too deeply.") from error
        except APIStatusError as error:
            raise errors.status_failure(error) from error
        except (aiohttp.ClientError, OSError) as error:
            raise errors.network_failure(error) from error
        return response

    async def request(  # type: ignore[override]
        self,
        cast_type: type[Any],
        options: FinalRequestOptions,
        remaining_retries: int | None = None,
        *,
        stream: bool = False,
        stream_cls: type[Any] | None = None,
    ) -> aiohttp.ClientResponse:
        """Send what the SDK built. Raises APIStatusError for a status of 400 and up."""
        if isinstance(options.json_data, dict):
            # The SDK sends null for thinking and response_format not given.
            options.json_data = {
                k: v for k, v in options.json_data.items() if v is not None
            }
        while True:
            request = self._build_request(options)
            try:
                response = await send(self._session, request)
                break
            except StaleConnection:
                _rename(options)
        if response.status < 300:
            return response
        raise self._make_status_error(await as_httpx(response, request))

    @lru_cache(maxsize=8)  # noqa: B019 (a process has one client)
    def _prepare_url(self, url: str) -> httpx.URL:
        # The paths are ever the same few, and httpx takes its time to parse them.
        return super()._prepare_url(url)


def _copy(value: Any) -> Any:
    match value:
        case dict():
            return {k: _copy(v) for k, v in value.items()}
        case list():
            return [_copy(v) for v in value]
    return value


def _rename(options: FinalRequestOptions) -> None:
    """Z.AI may have got the request, and refuses an id it has seen (1231)."""
    body = options.json_data
    if isinstance(body, dict) and "request_id" in body:
        asked, _, turn = str(body["request_id"]).partition("-again-")
        body["request_id"] = f"{asked}-again-{int(turn or 0) + 1}"


def _refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError("httpx only builds requests here; aiohttp sends them")


_clients: MutableMapping[asyncio.AbstractEventLoop, AsyncZaiClient] = (
    WeakKeyDictionary()
)


def client() -> AsyncZaiClient:
    """Return the client of the running event loop; made on first use."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = AsyncZaiClient(settings.ZAI_API_KEY, settings.ZAI_BASE_URL)
    return _clients[loop]


async def close() -> None:
    """Close the client of the running event loop, and every connection to Z.AI."""
    if zai := _clients.pop(asyncio.get_running_loop(), None):
        await zai.aclose()
