"""Bodies that would cost much to read: refused in milliseconds, and nobody waits."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import pytest

from chat.failures import Refused
from chat.protocols import bulk
from chat.protocols.bulk import LARGE_VALUES, MOST_VALUES, SLICE
from chat.tests.e2e.heart import STALL_SECONDS, Heart
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for
from chat.tests.waiting import SECONDS

pytestmark = pytest.mark.once

HELLO = b'{"role":"user","content":"Hello"}'
MEGABYTES = 19 * 1_000_000
MANY = MOST_VALUES + 1


def body(**fields: bytes) -> bytes:
    given = {"messages": b"[" + HELLO + b"]", "stream": b"false", **fields}
    return (
        b"{" + b",".join(b'"%s":%s' % (k.encode(), v) for k, v in given.items()) + b"}"
    )


def saying(text: bytes) -> bytes:
    return body(messages=b'[{"role":"user","content":"%s"}]' % text)


TOO_MUCH = {
    "messages": (body(messages=b"[" + HELLO + b",{}" * 2_000 + b"]"), "messages"),
    "values of messages": (body(messages=b"[" + b"{}," * MANY + b"1]"), "messages"),
    "values of a field": (body(tools=b"[" + b"1," * MANY + b"1]"), "tools"),
    "values of no field": (body(x=b"[" + b"1," * MANY + b"1]"), None),
    "megabytes of objects": (body(messages=b"[" + b"{}," * 6_000_000 + b"1]"), None),
    "megabytes of texts": (body(x=b"[" + b'"",' * 6_000_000 + b"1]"), None),
    "megabytes of parts": (body(messages=b'[{"parts":[' + b"{}," * 6_000_000), None),
    "megabytes of keys": (b"{" + b'"a":1,' * 3_000_000 + b'"b":1}', None),
    "depth": (body(x=b"[" * 40_000 + b"]" * 40_000), None),
    "megabytes of depth": (body(x=b"[" * MEGABYTES), None),
    "a number": (body(seed=b"9" * MEGABYTES), None),
    "a number unknown": (body(x=b"0." + b"9" * MEGABYTES), None),
    "no UTF-8": (saying(b"a" * MEGABYTES + b"\xff"), None),
    "parts": (
        body(messages=b'[{"role":"user","content":[%s{}]}]' % (b"{}," * 100)),
        "messages[0].content",
    ),
    "parts of useChat": (
        body(
            messages=b'[{"role":"user","parts":[%s{"type":"x"}]}]'
            % (b'{"type":"x"},' * 100)
        ),
        "messages[0].parts",
    ),
    "tools": (body(tools=b"[" + b"{}," * 128 + b"{}]"), "tools"),
}
LARGE = {
    "text": saying(b"a" * MEGABYTES),
    "text with commas": saying(b"a, [b]: {c} " * 1_000_000),
    "quotes": saying(rb"\"" * (MEGABYTES // 2)),
    "backslashes": saying(rb"\\" * (MEGABYTES // 2)),
    "Chinese": saying("你好".encode() * (MEGABYTES // 6)),
    "digits": saying(b"1" * MEGABYTES),
    "spaces": body() + b" " * MEGABYTES,
    "values": body(
        tools=b"[%s]"
        % b",".join(
            b'{"type":"function","function":{"name":"f%d","parameters":{"properties":'
            b"{%s}}}}" % (i, b",".join(b'"p%d":{}' % j for j in range(190)))
            for i in range(128)
        )
    ),
}


@dataclass
class Watched:
    service: Service
    heart: Heart

    def post(self, raw: bytes, path: str = "/api/chat") -> httpx.Response:
        head = {"Content-Type": "application/json"}
        url = f"{self.service.url}{path}"
        return httpx.post(
            url, content=raw, headers=head, timeout=3 * SECONDS, trust_env=False
        )


@pytest.fixture
def watched(settings: Any, zai: Any) -> Iterator[Watched]:
    settings.CHAT_REQUEST_LOG = False  # its own work is its own tests'
    heart = Heart()
    with service_for(app=heart) as service:
        watched = Watched(service, heart)
        watched.post(body())  # what is done once, is done now
        heart.longest_stall = 0.0
        yield watched


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_is_too_much_is_refused_and_holds_nobody_up(
    watched: Watched, name: str
) -> None:
    raw, field = TOO_MUCH[name]
    path = "/v1/chat/completions" if b"parts" not in raw[:100] else "/api/chat"
    response = watched.post(raw, path)
    assert response.status_code == 400
    assert len(response.content) < 500
    if path != "/api/chat":
        assert response.json()["error"]["param"] == field
    elif field:
        assert response.text.startswith(field)
    assert watched.heart.longest_stall < STALL_SECONDS


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_is_answered_and_holds_nobody_up(
    watched: Watched, settings: Any, name: str
) -> None:
    bodies: list[bytes] = []
    answer = b'{"id":"1","choices":[{"message":{},"finish_reason":"stop"}]}'
    with scripted(answering(answer), bodies=bodies) as base_url:
        point_at(settings, base_url)
        heart = Heart()
        with service_for(app=heart) as service:
            response = Watched(service, heart).post(LARGE[name])
    assert response.status_code == 200
    sent, asked = msgspec.json.decode(bodies[0]), msgspec.json.decode(LARGE[name])
    assert sent["messages"] == asked["messages"]
    assert sent.get("tools") == asked.get("tools")
    assert heart.longest_stall < STALL_SECONDS


def test_a_large_body_is_built_once_for_all_tries(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chat.upstream.client import AsyncZaiClient

    built: list[str] = []
    prepare = AsyncZaiClient._prepare

    def counting(self: Any, chat: Any) -> Any:
        built.append(chat.model)
        return prepare(self, chat)

    monkeypatch.setattr(AsyncZaiClient, "_prepare", counting)
    settings.ZAI_MAX_TRIES = 3
    bodies: list[bytes] = []
    busy = answering(b"", status="529 Overloaded")
    with scripted(busy, bodies=bodies) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            Watched(service, Heart()).post(LARGE["values"])
    sent = [msgspec.json.decode(body) for body in bodies]
    assert len({body.pop("request_id") for body in sent}) == 3
    assert sent[0] == sent[1] == sent[2]
    assert len(built) == 1


JSON = [
    "",
    'a"b\\',
    "\\" * 7,
    '"' * 5,
    "[{,]",
    "你🙂",
    "\x00",
    -1.5e9,
    None,
    True,
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64])
@pytest.mark.parametrize("seed", range(5))
async def test_values_are_counted_outside_of_texts_wherever_slices_end(
    size: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick = random.Random(seed).choice
    values = [pick(JSON) for _ in range(pick(range(40)))]
    raw = json.dumps({"x": values, "y": {"z": [values]}}, ensure_ascii=False).encode()
    # One value for each container, and one for each place behind a comma.
    count = 6 + max(0, 2 * (len(values) - 1))
    monkeypatch.setattr(bulk, "SLICE", size)
    monkeypatch.setattr(bulk, "MOST_VALUES", count)
    await bulk.check_size(raw)
    monkeypatch.setattr(bulk, "MOST_VALUES", count - 1)
    with pytest.raises(Refused):
        await bulk.check_size(raw)


async def test_large_is_what_has_many_values_or_bytes() -> None:
    assert not await bulk.check_size(body())
    assert await bulk.check_size(body(x=b"[" + b"1," * LARGE_VALUES + b"1]"))
    assert await bulk.check_size(saying(b"a" * SLICE))
