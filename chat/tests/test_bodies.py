"""Bodies nobody meant to send: an answer of 400, never of 500."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chat.failures import Refused
from chat.protocols.native import Native
from chat.tests.serving import Service

pytestmark = pytest.mark.once

DEEP = b"[" * 100_000 + b"]" * 100_000
RATHER_DEEP = b'{"a":' * 400 + b"1" + b"}" * 400
MESSAGE = b'{"role": "user", "content": "Hello"}'


def post(service: Service, body: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    url = f"{service.url}/api/chat"
    return httpx.post(url, content=body, headers=headers, timeout=20, trust_env=False)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"{'messages': 1}",
        b'{"messages": [' + MESSAGE + b"], }",
        b'{"messages": [' + MESSAGE + b"]} and more",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{}",
        b'{"x": "\xff", "messages": [' + MESSAGE + b"]}",
        '{"messages": []}'.encode("utf-16"),
        b'{"temperature": NaN, "messages": [' + MESSAGE + b"]}",
        b'{"temperature": Infinity, "messages": [' + MESSAGE + b"]}",
        b'{"temperature": 1e999, "messages": [' + MESSAGE + b"]}",
        b'{"x": ' + DEEP + b', "messages": [' + MESSAGE + b"]}",
        b'{"tools": ' + DEEP + b', "messages": [' + MESSAGE + b"]}",
        b'{"messages": ' + DEEP + b"}",
        b'{"seed": ' + b"9" * 10_000 + b', "messages": [' + MESSAGE + b"]}",
    ],
)
def test_a_body_that_is_no_request_is_refused(service: Service, body: bytes) -> None:
    response = post(service, body)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert "Traceback" not in response.text


def test_what_is_nested_too_deeply_for_the_sdk_is_refused(service: Service) -> None:
    thinking = b'{"thinking": ' + RATHER_DEEP + b', "messages": [' + MESSAGE + b"]}"
    response = post(service, thinking)
    assert response.status_code in (200, 400)


def test_of_duplicate_keys_the_last_counts(service: Service) -> None:
    response = post(
        service,
        b'{"stream": true, "messages": [], "stream": false, "messages": ['
        + MESSAGE
        + b"]}",
    )
    assert response.json()["object"] == "chat.completion"


def test_a_null_byte_and_other_controls_are_text(service: Service) -> None:
    response = service.post("\x00\x1f\x7f\u2028 sim:echo", stream=False)
    assert response.status_code == 200


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
FIELDS = ["messages", "model", "stream", "tools", "stop", "thinking", "user_id", "meta"]
ROLES = ["user", "system", "tool", "assistant", "", "x"]
message = st.fixed_dictionaries(
    {"role": st.sampled_from(ROLES) | json_values},
    optional={"content": json_values, "tool_calls": json_values},
)


@given(
    st.dictionaries(st.sampled_from(FIELDS), json_values),
    st.lists(message | json_values) | json_values,
)
@example({}, [{"role": "user", "content": [{"type": "image_url", "image_url": None}]}])
@hypothesis_settings(
    max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_json_is_read_or_refused(fields: dict[str, Any], messages: Any) -> None:

    raw = json.dumps({**fields, "messages": messages}).encode()

    try:
        read = Native().read(raw)
    except Refused as refusal:
        assert refusal.status == 400
        assert refusal.message
    else:
        assert read.messages


@given(st.binary())
def test_any_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        Native().read(raw)
    assert refusal.value.status == 400
