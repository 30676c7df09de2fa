"""The simulator speaks Z.AI's protocol as it was recorded."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from zai import ZaiClient
from zai.core import APIAuthenticationError, APIReachLimitError

from chat.simulator import Options, running
from chat.simulator.server import Running
from chat.tests.samples import these

pytestmark = pytest.mark.once


def each(made: str, recorded: str) -> Any:
    return pytest.mark.parametrize("path", these(made, recorded), ids=lambda p: p.stem)


class Caller:
    """Asks a running simulator over HTTP."""

    def __init__(self, zai: Running, http: httpx.Client) -> None:
        self.zai = zai
        self.http = http
        self.url = f"{zai.base_url}/chat/completions"

    def body(self, text: Any = "Hello", **given: Any) -> dict[str, Any]:
        messages = [{"role": "user", "content": text}]
        return {"model": "glm-4.6", "messages": messages, **given}

    def ask(self, text: Any = "Hello", **given: Any) -> httpx.Response:
        return self.http.post(self.url, json=self.body(text, **given))

    def stream(self, text: Any = "Hello", **given: Any) -> list[dict[str, Any]]:
        """The events of a streamed answer without [DONE]."""
        return events(self.ask(text, stream=True, **given).content)

    @contextlib.contextmanager
    def begun(self, text: str) -> Iterator[Iterator[bytes]]:
        """The rest of a stream that has begun; leaving the block leaves the stream."""
        asked = self.body(text, stream=True)
        with self.http.stream("POST", self.url, json=asked) as response:
            data = response.iter_raw()
            next(data)
            yield data

    def message(self, text: Any = "Hello", **given: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(text, **given).json()["choices"][0]["message"]
        return found


@contextlib.contextmanager
def calling(options: Options | None = None) -> Iterator[Caller]:
    headers = {"Authorization": "Bearer test-id.test-secret"}
    with running(options) as zai, httpx.Client(headers=headers, trust_env=False) as web:
        yield Caller(zai, web)


def events(body: bytes) -> list[dict[str, Any]]:
    frames = body.split(b"\n\n")
    data = [frame.removeprefix(b"data: ") for frame in frames if frame]
    return [msgspec.json.decode(frame) for frame in data if frame != b"[DONE]"]


def said(stream: list[dict[str, Any]], field: str = "content") -> str:
    deltas = [event["choices"][0]["delta"] for event in stream]
    return "".join(delta.get(field) or "" for delta in deltas)


def shape(value: Any) -> Any:
    """The keys of a JSON value in their order, without what stands under them."""
    if isinstance(value, dict):
        return [(key, shape(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return None


WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Get weather information for a location",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string"}},
            "required": ["location"],
        },
    },
}


@pytest.fixture(scope="module")
def z() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


def test_every_event_is_one_compact_data_line(z: Caller) -> None:
    body = z.ask("你好", stream=True).content

    frames = body.split(b"\n\n")
    assert frames[-2:] == [b"data: [DONE]", b""]
    for frame in frames[:-2]:
        line = frame.removeprefix(b"data: ")
        assert msgspec.json.encode(msgspec.json.decode(line)) == line
    assert "您好".encode() in body


def test_reasoning_comes_first_and_the_end_has_the_usage(z: Caller) -> None:
    stream = z.stream("Tell me a story")

    *deltas, final = stream
    kinds = [list(event["choices"][0]["delta"])[1] for event in deltas]
    assert kinds == sorted(kinds, reverse=True)
    assert {"reasoning_content", "content"} == set(kinds)
    assert not any("finish_reason" in event["choices"][0] for event in deltas)
    assert final["choices"][0]["finish_reason"] == "stop"
    usage = final["usage"]
    assert usage["completion_tokens"] == len(deltas)
    reasoning = usage["completion_tokens_details"]["reasoning_tokens"]
    assert reasoning == kinds.count("reasoning_content")


def test_id_and_time_stay_the_same_through_a_stream(z: Caller) -> None:
    response = z.ask(stream=True)

    ids = {(e["id"], e["created"]) for e in events(response.content)}
    assert len(ids) == 1
    assert ids.pop()[0] == response.headers["x-log-id"]


def test_headers_of_a_stream_are_as_recorded(z: Caller) -> None:
    headers = z.ask(stream=True).headers

    assert headers["content-type"] == "text/event-stream;charset=UTF-8"
    assert headers["transfer-encoding"] == "chunked"
    assert headers["server"] == "ZenZGA/2.4"
    assert headers["set-cookie"].startswith("acw_tc=")
    assert "content-length" not in headers


def test_keys_of_a_whole_answer_are_in_alphabetical_order(z: Caller) -> None:
    body = z.ask().content

    assert msgspec.json.encode(msgspec.json.decode(body), order="sorted") == body


def test_the_callers_request_id_comes_back(z: Caller) -> None:
    answer = z.ask(request_id="req_of_the_caller").json()

    assert answer["request_id"] == answer["id"] == "req_of_the_caller"


def test_tool_calls_come_whole_and_last(z: Caller) -> None:
    *_, call, final = z.stream("What is the weather in Florence?", tools=[WEATHER])

    delta = call["choices"][0]["delta"]
    assert list(delta) == ["tool_calls"]
    assert delta["tool_calls"][0]["function"]["arguments"] == '{"location":"Florence"}'
    assert final["choices"][0]["finish_reason"] == "tool_calls"


def test_tool_calls_come_in_fragments_if_asked_for(z: Caller) -> None:
    stream = z.stream("The weather in Rome?", tools=[WEATHER], tool_stream=True)

    calls = [
        event["choices"][0]["delta"]["tool_calls"][0]
        for event in stream
        if "tool_calls" in event["choices"][0]["delta"]
    ]
    assert calls[0]["function"] == {"name": "weather", "arguments": ""}
    assert all(list(call) == ["index", "function"] for call in calls[1:])
    joined = "".join(call["function"]["arguments"] for call in calls)
    assert joined == '{"location":"Rome"}'


@each("tool_call.sse", "glm-4.7-flash__tool_streaming__0.sse")
def test_streamed_events_have_the_recorded_keys_in_their_order(
    z: Caller, path: Path
) -> None:
    theirs = events(path.read_bytes())

    ours = z.stream("The weather in Florence, please", tools=[WEATHER])

    assert [shape(ours[0]), *map(shape, ours[-2:])] == [
        shape(theirs[0]),
        *map(shape, theirs[-2:]),
    ]


@each("whole_words.json", "glm-4.7-flash__simple__0.json")
def test_whole_answers_have_the_recorded_keys(z: Caller, path: Path) -> None:
    ours = z.ask("How is the weather?").json()

    assert shape(ours) == shape(msgspec.json.decode(path.read_bytes()))


@each("whole_tool_call.json", "glm-4.7-flash__tool__0.json")
def test_whole_calls_have_the_recorded_keys(z: Caller, path: Path) -> None:
    ours = z.ask("How is the weather?", tools=[WEATHER]).json()

    assert shape(ours) == shape(msgspec.json.decode(path.read_bytes()))


@each("models.json", "models_list.json")
def test_models_are_listed_as_recorded(z: Caller, path: Path) -> None:
    theirs = msgspec.json.decode(path.read_bytes())

    ours = z.http.get(f"{z.zai.base_url}/models").json()

    assert shape(ours["data"][0]) == shape(theirs["data"][0])
    assert all(model in ours["data"] for model in theirs["data"])


def test_the_coding_endpoint_answers_too(z: Caller) -> None:
    url = f"{z.zai.url}/api/coding/paas/v4/chat/completions"

    assert z.http.post(url, json=z.body()).status_code == 200


def test_another_path_gets_the_spring_body(z: Caller) -> None:
    response = z.http.post(f"{z.zai.base_url}/v1/chat/completions", json={})

    assert response.status_code == 404
    body = response.json()
    assert list(body) == ["timestamp", "status", "error", "path"]
    assert body["path"] == "/v4/v1/chat/completions"


def test_another_method_is_not_allowed(z: Caller) -> None:
    response = z.http.get(z.url)

    assert (response.status_code, response.json()["status"]) == (405, 405)


def sdk(z: Caller, key: str = "test-id.test-secret") -> ZaiClient:
    return ZaiClient(api_key=key, base_url=z.zai.base_url, max_retries=0)


def test_the_official_sdk_reads_a_stream(z: Caller) -> None:
    with sdk(z) as client:
        stream = client.chat.completions.create(**z.body("A haiku"), stream=True)
        chunks = list(stream)

    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.completion_tokens == len(chunks) - 1


def test_the_official_sdk_reads_a_whole_answer(z: Caller) -> None:
    with sdk(z) as client:
        answer = client.chat.completions.create(**z.body("What is 6 * 7?"))

    assert answer.choices[0].message.content == "6 * 7 = **42**"


def test_the_official_sdk_may_sign_a_token(z: Caller) -> None:
    client = ZaiClient(
        api_key=f"test-id.{'secret' * 6}",
        base_url=z.zai.base_url,
        max_retries=0,
        disable_token_cache=False,
    )
    with client:
        assert client.chat.completions.create(**z.body()).choices


@pytest.mark.parametrize(
    ("key", "text", "error"),
    [
        ("bad.key", "Hello", APIAuthenticationError),
        ("any.key", "sim:error=1302", APIReachLimitError),
    ],
)
def test_the_official_sdk_raises_its_own_errors(
    z: Caller, key: str, text: str, error: type[Exception]
) -> None:
    with sdk(z, key) as client, pytest.raises(error):
        client.chat.completions.create(**z.body(text))
