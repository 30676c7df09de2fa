"""The official SDK, made natively async. Nothing else of the project imports it."""

import asyncio
import logging
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from inspect import signature
from typing import Any, cast
from weakref import WeakKeyDictionary

import aiohttp
import httpx
import msgspec
from django.conf import settings
from zai import ZaiClient
from zai.api_resource.chat.completions import Completions
from zai.core._request_opt import FinalRequestOptions

from chat import lines, trace_id
from chat.conversation import ChatRequest, Message
from chat.failures import Refused
from chat.upstream import errors
from chat.upstream.answer import Answer
from chat.upstream.forms import Forms, is_plain
from chat.upstream.head import Head
from chat.upstream.limits import LONGEST_ANSWER, make_unreadable
from chat.upstream.pieces import lighten
from chat.upstream.question import Question, encode, question_of
from chat.upstream.transport import (
    TLS_SHUTDOWN_SECONDS,
    StaleConnection,
    open_session,
    read,
    read_as_httpx,
    send,
)

logger = logging.getLogger(__name__)

# Headers that are never logged
SECRET = ("set-cookie", "authorization", "proxy-authenticate", "www-authenticate")
SDK_PARAMETERS = frozenset(signature(Completions.create).parameters)


class AsyncZaiClient(ZaiClient):
    """`ZaiClient` whose `request` sends nothing, with coroutines that do, by aiohttp.

    `chat.completions.create` hands back what `request` returns: the SDK builds the
    request, authenticates it, applies its rules to parameters and makes its errors;
    encoding, sending, reading and trying again are ours. What is the same for many
    questions it does once. Create it inside a running event loop.
    """

    def __init__(self, api_key: str, base_url: str) -> None:
        builder = httpx.Client(transport=httpx.MockTransport(_refuse), trust_env=False)
        super().__init__(
            api_key=api_key, base_url=base_url, max_retries=0, http_client=builder
        )
        self._session = open_session(base_url)
        self._forms = Forms(self._build)
        self._head: Head | None = None
        self._signed: dict[str, str] = {}  # what the head was authenticated by
        # One thread: more would only take turns with it, and with the event loop.
        self._preparing = ThreadPoolExecutor(1, "preparing")

    async def prepare(self, chat_request: ChatRequest) -> Question:
        """Build what is sent at every try. Raises Refused.

        The SDK copies a body several times, value by value: a large one does not hold
        up the event loop.
        """
        if not chat_request.is_large:
            return self._prepare(chat_request)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._preparing, self._prepare, chat_request)

    async def stream(self, question: Question, request_id: str) -> Answer:
        """Ask for a streamed answer. Raises Failure."""
        response = await self._ask(question, request_id)
        lighten(response.content)
        return Answer(response, question.model)

    async def complete(self, question: Question, request_id: str) -> bytes:
        """Ask for a whole answer, and return it as it came. Raises Failure."""
        response = await self._ask(question, request_id)
        try:
            body = await read(response, LONGEST_ANSWER)
        finally:
            response.release()
        if len(body) >= LONGEST_ANSWER:
            raise make_unreadable(f"an answer of more than {LONGEST_ANSWER} bytes")
        return body

    async def aclose(self) -> None:
        self._preparing.shutdown(wait=False, cancel_futures=True)
        self._client.close()
        await self._session.close()

    def request(  # type: ignore[override]
        self, cast_type: type[Any], options: FinalRequestOptions, **_: Any
    ) -> FinalRequestOptions:
        """Return what the SDK built."""
        return options

    def _prepare(self, chat_request: ChatRequest) -> Question:
        """The SDK copies a conversation several times, and would leave it as it is."""
        messages = chat_request.messages
        try:
            if chat_request.is_large or not is_plain(messages):
                # The SDK shortens images in the caller's own message dicts.
                built = self._build(chat_request, [_copy(one) for one in messages])
                return question_of(built, large=chat_request.is_large)
            form = self._forms.find(chat_request)
            rest = b'"messages":%s,%s' % (encode(messages), form.rest)
            return Question(form.options, chat_request.model, [rest])
        except RecursionError as error:
            raise Refused("The body is nested too deeply.") from error

    def _build(
        self, chat_request: ChatRequest, messages: list[Message]
    ) -> FinalRequestOptions:
        given = chat_request.parameters
        known = {k: v for k, v in given.items() if k in SDK_PARAMETERS}
        further = {k: v for k, v in given.items() if k not in SDK_PARAMETERS}
        built: Any = self.chat.completions.create(
            model=chat_request.model,
            messages=messages,
            stream=chat_request.stream,
            extra_body=further or None,
            **known,
        )
        return cast("FinalRequestOptions", built)

    async def _ask(self, question: Question, request_id: str) -> aiohttp.ClientResponse:
        """Send `question`. Raises Failure, also for a status of 300 and above."""
        turn = 0
        head, traced = self._head_of(question.options), trace_id.handed_on.get()
        while True:
            # Z.AI may have got the request, and refuses an id it has seen (1231).
            id_of_try = f"{request_id}-again-{turn}" if turn else request_id
            try:
                body = question.body(id_of_try)
                response = await send(self._session, head, body, traced)
                break
            except StaleConnection:
                turn += 1
        _log(response)
        if response.status < 300:
            return response
        error = self._make_status_error(await read_as_httpx(response, head.request))
        raise errors.make_status_failure(error)

    def _head_of(self, options: FinalRequestOptions) -> Head:
        """Return what the SDK builds around a body: once, until it signs otherwise."""
        signed = self.auth_headers
        if self._head is None or signed != self._signed:
            self._head, self._signed = Head(self._build_request(options)), signed
        return self._head


def _log(response: aiohttp.ClientResponse) -> None:
    if not logger.isEnabledFor(logging.DEBUG):
        return
    shown = {k: v for k, v in response.headers.items() if k.lower() not in SECRET}
    headers = msgspec.json.encode(lines.shorten_all(shown)).decode()
    logger.debug("Z.AI answers with status %s and headers %s", response.status, headers)


def _copy(value: Any) -> Any:
    match value:
        case dict():
            return {k: _copy(v) for k, v in value.items()}
        case list():
            return [_copy(v) for v in value]
    return value


def _refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError("httpx only builds requests here; aiohttp sends them")


Clients = dict[str, AsyncZaiClient]
_clients: MutableMapping[asyncio.AbstractEventLoop, Clients] = WeakKeyDictionary()


def client(key: str) -> AsyncZaiClient:
    """Return the client of the running event loop for `key`; made on first use."""
    loop = asyncio.get_running_loop()
    if (clients := _clients.get(loop)) is None:
        clients = _clients[loop] = {}
    if (found := clients.get(key)) is None:
        found = clients[key] = AsyncZaiClient(key, settings.ZAI_BASE_URL)
    return found


async def close() -> None:
    """Close the clients of the running event loop, and every connection to Z.AI."""
    clients = _clients.pop(asyncio.get_running_loop(), {})
    for zai in clients.values():
        await zai.aclose()
    if clients and settings.ZAI_BASE_URL.startswith("https:"):
        # A connection that was just left is still being shut down, and aiohttp does not
        # wait for it: the loop would be closed with it open.
        await asyncio.sleep(2 * TLS_SHUTDOWN_SECONDS)
