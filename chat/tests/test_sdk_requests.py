"""What Z.AI gets is what the SDK itself would send (zai-sdk 0.2.3)."""

import asyncio
from collections.abc import Iterator
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import msgspec
import pytest
from zai import ZaiClient

from chat.conversation import ChatRequest, Parameters
from chat.upstream.client import AsyncZaiClient
from chat.upstream.forms import MOST

KEY = "an-id.a-secret"
ANSWER = b'{"id":"1","choices":[{"index":0,"message":{"content":"Yes."}}]}'
# Of the connection, and of the program that speaks.
OF_THE_WAY = {"host", "connection", "content-length", "accept-encoding", "user-agent"}

TOOL = {"type": "function", "function": {"name": "look", "parameters": {"a": [1]}}}
VALUES: dict[str, list[Any]] = {
    "temperature": [0, 0.3, 1, 1.0],
    "top_p": [0, 0.5, 1],
    "max_tokens": [1, 131072],
    "do_sample": [True, False],
    "stop": [["###"]],
    "tools": [[TOOL]],
    "tool_choice": ["auto", {"type": "function", "function": {"name": "look"}}],
    "tool_stream": [True, False],
    "thinking": [{"type": "enabled", "clear_thinking": True}],
    "reasoning_effort": ["max"],
    "response_format": [{"type": "json_object"}],
    "user_id": ["user-1", "你-123456"],
    "seed": [0, -(2**63)],
    "stream_options": [{"include_usage": True}],
    "sensitive_word_check": [{"type": "ALL", "status": "DISABLE"}],
    "meta": [{"user_name": "A", "bot_name": "B"}],
    "watermark_enabled": [False],
}
GIVEN = [(name, value) for name, values in VALUES.items() for value in values]
IMAGE = "data:image/png;base64,iVBORw0KGgo="
CONVERSATIONS = {
    "words": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "a\u2028🙂"},
    ],
    "no words": [
        {"role": "user", "content": ""},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "index": 0}]},
        {"role": "tool", "tool_call_id": "1", "content": "12"},
        {"role": "assistant", "tool_calls": []},
    ],
    "images": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": IMAGE}},
                {"type": "image_url", "image_url": {"url": "https://a.example/1.png"}},
            ],
        }
    ],
}


class Heard:
    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self.base_url = ""


@pytest.fixture
def heard() -> Iterator[Heard]:
    """A Z.AI that notes what it gets."""
    found = Heard()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = msgspec.json.decode(self.rfile.read(length))
            head = {k.lower(): v for k, v in self.headers.items()}
            found.requests.append((self.command, self.path, head, body))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(ANSWER)))
            self.end_headers()
            self.wfile.write(ANSWER)

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.base_url = f"http://127.0.0.1:{server.server_port}/api/paas/v4"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def sent_by_the_sdk(heard: Heard, asked: ChatRequest) -> Any:
    """The SDK takes only some parameters by name, the others as `extra_body`."""
    given = deepcopy(asked.parameters)
    further = {n: given.pop(n) for n in ("stream_options",) if n in given}
    client = ZaiClient(api_key=KEY, base_url=heard.base_url, max_retries=0)
    client.chat.completions.create(
        model=asked.model,
        messages=deepcopy(asked.messages),
        stream=asked.stream,
        extra_body=further or None,
        **given,
    )
    client.close()
    return told(heard)


async def sent_by_us(heard: Heard, *asked: ChatRequest) -> list[Any]:
    client = AsyncZaiClient(KEY, heard.base_url)
    sent = []
    try:
        for number, one in enumerate(asked):
            question = await client.prepare(one)
            await client.complete(question, f"request-{number}")
            sent.append(told(heard))
    finally:
        await client.aclose()
    return sent


def told(heard: Heard) -> Any:
    """What the last request told, but for its id and what was not given."""
    method, path, head, body = heard.requests[-1]
    body = {k: v for k, v in body.items() if v is not None and k != "request_id"}
    return method, path, {k: v for k, v in head.items() if k not in OF_THE_WAY}, body


def ask(messages: Any = None, *, stream: bool = False, **given: Any) -> ChatRequest:
    return ChatRequest(messages or CONVERSATIONS["words"], "glm-4.6", stream, given)


def test_every_parameter_is_tried() -> None:
    assert set(VALUES) == set(Parameters.__struct_fields__)


async def test_each_parameter_is_sent_as_the_sdk_sends_it(heard: Heard) -> None:
    asked = [ask(**{name: value}) for name, value in GIVEN]
    asked += [ask(**dict(GIVEN)), ask(), ask(stream=True)]
    ours = await sent_by_us(heard, *asked, *asked)  # as they are kept, too
    for number, one in enumerate(asked):
        theirs = await asyncio.to_thread(sent_by_the_sdk, heard, one)
        assert ours[number] == theirs
        assert ours[number + len(asked)] == theirs


@pytest.mark.parametrize("name", CONVERSATIONS)
@pytest.mark.parametrize("is_large", [True, False])
async def test_each_conversation_is_sent_as_the_sdk_sends_it(
    heard: Heard, name: str, is_large: bool
) -> None:
    asked = ask(deepcopy(CONVERSATIONS[name]), temperature=0.5)
    asked.is_large = is_large
    ours = await sent_by_us(heard, asked)
    assert asked.messages == CONVERSATIONS[name]  # the log keeps what was asked
    assert ours == [await asyncio.to_thread(sent_by_the_sdk, heard, asked)]


async def test_a_question_does_not_get_what_another_said(heard: Heard) -> None:
    first, second = ask(user_id="user-1"), ask([{"role": "user", "content": "b"}])
    _, other = await sent_by_us(heard, first, second)
    assert "user_id" not in other[-1]
    assert other[-1]["messages"] == second.messages


async def test_no_more_is_kept_than_there_is_room_for(heard: Heard) -> None:
    client = AsyncZaiClient(KEY, heard.base_url)
    for number in range(MOST + 2):
        await client.prepare(ask(user_id=f"user-{number}"))
    await client.prepare(ask(tools=[{**TOOL, "x": "a" * 5000}]))
    assert len(client._forms) == MOST
    await client.aclose()


async def test_who_signs_otherwise_is_heard_at_once(heard: Heard) -> None:
    client = AsyncZaiClient(KEY, heard.base_url)
    for key in (KEY, "another.key"):
        client.api_key = key
        await client.complete(await client.prepare(ask()), key)
        assert told(heard)[2]["authorization"] == f"Bearer {key}"
    await client.aclose()
