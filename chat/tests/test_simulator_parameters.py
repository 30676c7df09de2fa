"""What the simulator refuses, as Z.AI does."""

from collections.abc import Iterator
from typing import Any

import pytest

from chat.simulator import Options

from .test_simulator import WEATHER, Caller, calling

pytestmark = pytest.mark.once

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
HELLO = {"role": "user", "content": "Hello"}
TEXT = {"type": "text", "text": "What is this?"}


@pytest.fixture(scope="module")
def z() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "1001"),
        ("Bearer bad.key", "401"),
        ("Bearer without-a-dot", "401"),
        ("Bearer", "401"),
    ],
)
def test_a_key_that_is_none(z: Caller, authorization: str | None, code: str) -> None:
    request = z.http.build_request("POST", z.url, json=z.body())
    del request.headers["Authorization"]
    if authorization is not None:
        request.headers["Authorization"] = authorization

    response = z.http.send(request)

    assert response.status_code == 401
    assert response.json()["error"]["code"] == code


def test_one_key_may_be_required() -> None:
    with calling(Options(speed=0, api_key="right.key")) as z:
        assert z.ask().status_code == 401
        right = {"Authorization": "Bearer right.key"}
        assert z.http.post(z.url, json=z.body(), headers=right).status_code == 200


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"model": None}, "1213"),
        ({"model": "gpt-4"}, "1211"),
        ({"model": ["glm-4.6"]}, "1211"),
        ({"messages": None}, "1213"),
        ({"messages": []}, "1214"),
        ({"messages": "Hello"}, "1214"),
        ({"messages": [{"role": ["user"], "content": "Hello"}]}, "1214"),
        ({"messages": [{"role": "user", "content": ""}]}, "1214"),
        ({"messages": [{"role": "user"}]}, "1214"),
        ({"messages": [{"role": "robot", "content": "Hello"}]}, "1214"),
        ({"messages": [{"role": "system", "content": "Be brief"}]}, "1214"),
        ({"messages": [{"role": "assistant", "content": "Hello"}]}, "1214"),
        ({"messages": [{"role": "user", "content": [{"type": {}}]}]}, "1214"),
        ({"messages": [{"role": "user", "content": [TEXT, IMAGE]}]}, "1210"),
        ({"messages": [HELLO, {"role": "assistant", "tool_calls": [7]}]}, "1214"),
        ({"messages": [HELLO, {"role": "tool", "content": "40 C"}]}, "1214"),
        ({"temperature": 1.5}, "1210"),
        ({"temperature": True}, "1210"),
        ({"top_p": 0}, "1210"),
        ({"max_tokens": 0}, "1210"),
        ({"max_tokens": 131_073}, "1210"),
        ({"stop": ["a"] * 5}, "1210"),
        ({"tools": [WEATHER] * 129}, "1210"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "1210"),
        ({"tools": [{"type": "hammer"}]}, "1210"),
        ({"thinking": {"type": "sometimes"}}, "1210"),
        ({"reasoning_effort": "utmost"}, "1210"),
        ({"response_format": {"type": "json_schema"}}, "1210"),
        ({"request_id": "short"}, "1210"),
        ({"model": "glm-5.3", "thinking": {"type": "disabled"}}, "1210"),
        ({"model": "glm-5.3", "reasoning_effort": "medium"}, "1210"),
    ],
)
def test_a_parameter_that_is_wrong(z: Caller, given: dict[str, Any], code: str) -> None:
    response = z.ask(**given)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == code


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff", b"[" * 50_000])
def test_a_body_that_is_no_object(z: Caller, body: bytes) -> None:
    response = z.http.post(z.url, content=body)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "1210")


def test_parameters_that_are_null_count_as_absent(z: Caller) -> None:
    given = {"thinking": None, "response_format": None, "tools": None, "stop": None}

    assert z.ask(**given).status_code == 200


def test_the_coding_endpoint_translates_efforts(z: Caller) -> None:
    url = f"{z.zai.url}/api/coding/paas/v4/chat/completions"
    body = z.body(model="glm-5.3", reasoning_effort="medium")

    assert z.http.post(url, json=body).status_code == 200


def test_a_prompt_longer_than_the_context(z: Caller) -> None:
    error = z.ask("word " * 200_000).json()["error"]

    assert error == {"code": "1261", "message": "Prompt exceeds max length"}


def test_a_request_id_is_taken_once(z: Caller) -> None:
    first, again = (z.ask(request_id="req_taken_once") for _ in range(2))

    assert first.status_code == 200
    assert again.json()["error"] == {
        "code": "1231",
        "message": "You already have a request: req_taken_once",
    }


def test_a_model_with_eyes_takes_an_image(z: Caller) -> None:
    answer = z.message([TEXT, IMAGE], model="glm-4.6v")["content"]

    assert "attached" in answer
