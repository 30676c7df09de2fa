"""What callers are told of a request that is refused: never what they sent."""

import time
from typing import Any

import httpx
import pytest

from chat.tests.serving import Service
from chat.tests.waiting import SECONDS

MARK = "Xyzzy"
DOORS = ("/api/chat", "/v1/chat/completions")
USER = {"role": "user", "content": "Hello"}
# Of each body: where the mark stands, and the field that the answer has to name.
BODIES: list[tuple[dict[str, Any], str | None]] = [
    ({"messages": [{"role": MARK, "content": MARK}]}, "messages[0].role"),
    ({"messages": [{"role": "user", "content": {MARK: MARK}}]}, "messages[0].content"),
    ({"messages": MARK}, "messages"),
    (
        {"messages": [{"role": "user", "content": [{"type": "text", "text": [MARK]}]}]},
        "messages[0].content[0].text",
    ),
    (
        {
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": MARK}]}
            ]
        },
        "messages[0].content[0].image_url.url",
    ),
    ({"messages": [USER], "model": MARK * 21}, "model"),
    ({"messages": [USER], "model": [MARK]}, "model"),
    ({"messages": [USER], "temperature": MARK}, "temperature"),
    ({"messages": [USER], "stop": [[MARK]]}, "stop[0]"),
    ({"messages": [USER], "tools": [MARK]}, "tools[0]"),
    ({"messages": [USER], "thinking": {"type": MARK}}, "thinking.type"),
    ({"messages": [USER], "thinking": {"clear_thinking": MARK}}, None),
    ({"messages": [USER], "response_format": {"type": MARK}}, "response_format.type"),
    ({"messages": [USER], "meta": {"user_name": [MARK]}}, "meta.user_name"),
    ({"messages": [USER], "seed": 10**30}, "seed"),
    ({"messages": [{**USER, "tool_calls": [{"index": MARK}]}]}, None),
    (
        {"trigger": "x", "messages": [{"role": MARK, "parts": []}]},
        "messages[0].role",
    ),
]


def post(service: Service, path: str, **options: Any) -> httpx.Response:
    return httpx.post(service.url + path, timeout=SECONDS, trust_env=False, **options)


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(("body", "param"), BODIES)
def test_a_sentence_names_the_field_and_quotes_nothing(
    service: Service, path: str, body: dict[str, Any], param: str | None
) -> None:
    answer = post(service, path, json=body)
    assert answer.status_code == 400
    assert MARK not in answer.text
    assert MARK not in service.line()
    if param and not answer.headers["content-type"].startswith("text/plain"):
        assert answer.json()["error"]["param"] == param


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("raw", [MARK, f'{{"{MARK}', f'{{"messages":"{MARK}\x01"}}'])
def test_what_is_no_json_is_not_quoted(service: Service, path: str, raw: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = post(service, path, content=raw.encode(), headers=headers)
    assert (answer.status_code, MARK in answer.text) == (400, False)


@pytest.mark.parametrize(
    "path", [f"/api/{MARK}", f"/v1/{MARK}", f"/v1/models/{MARK}", f"/health/{MARK}"]
)
def test_a_path_is_not_quoted(service: Service, path: str) -> None:
    answer = httpx.get(service.url + path, timeout=SECONDS, trust_env=False)
    assert (answer.status_code, MARK in answer.text) == (404, False)


@pytest.mark.parametrize("path", DOORS)
def test_what_may_be_is_named(service: Service, path: str) -> None:
    body = {"messages": [{"role": "pope", "content": "a"}]}
    told = post(service, path, json=body).json()["error"]["message"]
    roles = "assistant, developer, system, tool, user"
    if path == "/api/chat":
        roles = roles.replace("developer, ", "")
    assert told == f"messages[0].role: expected one of {roles}."


@pytest.mark.parametrize("path", DOORS)
def test_a_name_of_a_hundred_characters_is_a_model(service: Service, path: str) -> None:
    body = {"messages": [USER], "model": "a" * 100}
    # Z.AI, for whom it is to decide, knows none of that name.
    assert post(service, path, json=body).json()["error"]["code"] == "1211"


@pytest.mark.parametrize("unit", ["a-", "'", " - at `$", "\\n", "a" * 30 + "."])
def test_a_megabyte_in_a_role_is_refused_at_once(service: Service, unit: str) -> None:
    body = {"messages": [{"role": unit * (1_000_000 // len(unit)), "content": "a"}]}
    began = time.monotonic()
    answer = post(service, "/api/chat", json=body)
    assert answer.json()["error"]["param"] == "messages[0].role"
    assert len(answer.content) < 1_000
    # It took hours, in which the process did nothing else.
    assert time.monotonic() - began < 10


def test_a_path_of_many_words_is_refused_at_once(service: Service) -> None:
    began = time.monotonic()
    path = "/v1/models/" + "a-" * 4_000
    answer = httpx.get(service.url + path, timeout=SECONDS, trust_env=False)
    assert answer.status_code == 404
    assert time.monotonic() - began < 10
