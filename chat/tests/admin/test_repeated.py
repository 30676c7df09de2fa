"""The curl of a request's page asks Z.AI the same again: run, and compared."""

import re
import subprocess
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import msgspec
import pytest

from chat.models import RequestLog
from chat.tests.admin.people import logged_in
from chat.tests.requestlog.closed_rows import closed, id_of
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for
from chat.tests.waiting import SECONDS

LIST = "/admin/chat/requestlog/"
ANSWER = (
    b'data: {"id":"1","created":1,"model":"glm-4.6","choices":[{"index":0,'
    b'"finish_reason":"stop","delta":{"content":"Hi"}}],"usage":{"prompt_tokens":3,'
    b'"completion_tokens":1}}\n\ndata: [DONE]\n\n'
)
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "x": ["Köln'"]}},
}
CLOCK = {"type": "function", "function": {"name": "clock", "parameters": {}}}
HELLO = {"role": "user", "content": 'It\'s `$HOME` "quoted"\n\\ <&>'}
CALL = {"id": "call_1", "type": "function", "function": {"name": "clock"}}
CALL = {**CALL, "function": {"name": "clock", "arguments": "{}"}}
SCHEMA = {"name": "colour", "schema": {"type": "object", "properties": {"a": {}}}}


@pytest.fixture
def bodies() -> list[bytes]:
    """What Z.AI was sent."""
    return []


@pytest.fixture
def asked(
    transactional_db: None, settings: Any, bodies: list[bytes]
) -> Iterator[Service]:
    settings.CSRF_COOKIE_SECURE = settings.SESSION_COOKIE_SECURE = False
    with scripted(answering(ANSWER), bodies=bodies) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            yield service


def told(body: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(body)
    del fields["request_id"]
    return fields


def page_of(service: Service, identity: str) -> str:
    with logged_in(service.url, "ada", is_superuser=True) as operator:
        return operator.get(f"{LIST}{identity}/change/").text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/api/chat",
            {
                "messages": [HELLO],
                "tools": [WEATHER, CLOCK],
                "tool_choice": "auto",
                "tool_stream": True,
                "response_format": {"type": "json_object"},
                "stop": ["END"],
                "user_id": "user-4711",
                "top_p": 0.5,
                "seed": 7,
                "thinking": {"type": "disabled"},
            },
        ),
        (
            "/api/chat",
            {
                "messages": [
                    HELLO,
                    {"role": "assistant", "content": "", "tool_calls": [CALL]},
                    {"role": "tool", "tool_call_id": "call_1", "content": "noon"},
                ],
                "tools": [WEATHER, CLOCK],
                "tool_choice": {"type": "function", "function": {"name": "clock"}},
            },
        ),
        (
            "/v1/chat/completions",
            {
                "model": "glm-4.6",
                "messages": [{"role": "developer", "content": "Be kind."}, HELLO],
                "stream": True,
                "stream_options": {"include_usage": True},
                "response_format": {"type": "json_schema", "json_schema": SCHEMA},
                "tools": [CLOCK],
                "max_completion_tokens": 99,
                "user": "user-4711",
            },
        ),
        (
            "/api/chat",
            {
                "id": "chat-1",
                "messages": [
                    {
                        "id": "m",
                        "role": "user",
                        "parts": [{"type": "text", "text": "Hello"}],
                    }
                ],
            },
        ),
    ],
    ids=["native", "a named tool", "openai", "useChat"],
)
def test_it_asks_the_same_again(
    asked: Service, bodies: list[bytes], path: str, body: dict[str, Any]
) -> None:
    first = httpx.post(
        f"{asked.url}{path}", json=body, timeout=SECONDS, trust_env=False
    )
    assert first.status_code == 200, first.text
    identity = closed(id_of(first)).pk
    page = page_of(asked, identity)
    found = re.search(r'<pre tabindex="0" id="curl">(.*?)</pre>', page, re.DOTALL)
    assert found
    command = unescape(found[1]).replace("curl -N", "curl -sN --noproxy '*'", 1)
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=SECONDS)
    assert b"Hi" in done.stdout, (done.stdout, done.stderr)
    sent, again = map(told, bodies)
    assert again == sent
    raw = re.search(
        r"<summary>Raw request</summary>.*?<pre[^>]*>(.*?)</pre>", page, re.S
    )
    assert raw
    shown = msgspec.json.decode(unescape(raw[1]))
    assert {name: shown[name] for name in sent} == sent


def test_what_only_the_text_has_is_among_the_parameters(asked: Service) -> None:
    tools = {"tools": [WEATHER], "response_format": {"type": "json_object"}}
    row = closed(id_of(asked.post("Hello", **tools)))
    assert "tools" not in row.parameters
    page = page_of(asked, row.pk)
    parameters = page.partition("<h2>Parameters</h2>")[2].partition("</section>")[0]
    assert "weather" in parameters and "json_object" in parameters
    assert "Also came" not in page


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("the request", "the request said"),
        ("a setting", "CHAT_STORE_TEXT=false"),
        ("age", "removed after 30 days"),
        ("forgotten", "was forgotten"),
        ("a refusal", "turned away"),
    ],
)
def test_text_that_is_not_there_says_why(
    asked: Service, settings: Any, how: str, words: str
) -> None:
    from datetime import timedelta

    from chat.requestlog.forgetting import blank_requests, delete_texts

    settings.CHAT_STORE_TEXT = how != "a setting"
    settings.CHAT_TEXT_DAYS = 30
    body = {"store": False} if how == "the request" else {}
    if how == "a refusal":
        body = {"temperature": 99}
    row = closed(id_of(asked.post("Hello", **body)))
    if how == "age":
        delete_texts([row.pk])
        earlier = row.created_at - timedelta(days=31)
        RequestLog.objects.filter(pk=row.pk).update(created_at=earlier)
    if how == "forgotten":
        blank_requests([row.pk])
    page = page_of(asked, row.pk)
    assert words in page.partition('class="conversation"')[2]
    assert 'id="curl"' not in page
