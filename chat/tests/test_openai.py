"""OpenAI's clients, with nothing changed but `base_url`."""

import gc
import os
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import openai
import pytest
from langchain_core.exceptions import ContextOverflowError
from openai import AsyncOpenAI, OpenAI
from zai import ZaiClient

from chat.models import Message, RequestLog, RequestText
from chat.tests.frames import text_of
from chat.tests.requestlog.closed_rows import closed, only_row
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for
from chat.tests.test_readme import snippet
from chat.tests.waiting import SECONDS

CLIENTS = Path(__file__).parent / "clients"
MODEL = "glm-4.6"
KEY = "sk-secret-of-the-caller"
QUESTION: Any = [{"role": "user", "content": "Hello"}]
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
# What openai 6.49 of npm puts into a request from Chromium.
IN_A_BROWSER = (
    "openai-organization,openai-project,x-stainless-arch,x-stainless-helper-method,"
    "x-stainless-lang,x-stainless-os,x-stainless-package-version,"
    "x-stainless-retry-count,x-stainless-runtime,x-stainless-runtime-version,"
    "x-stainless-timeout"
)


def client_of(service: Service) -> OpenAI:
    return OpenAI(
        base_url=f"{service.url}/v1",
        api_key=KEY,
        max_retries=0,
        http_client=openai.DefaultHttpxClient(trust_env=False, timeout=SECONDS),
    )


@pytest.fixture(autouse=True)
def _clients_leave_nothing_behind() -> Iterator[None]:
    """What a client forgets to close must not be blamed on another test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def client(service: Service) -> Iterator[OpenAI]:
    with client_of(service) as made:
        yield made


@pytest.fixture
async def aclient(service: Service) -> AsyncIterator[AsyncOpenAI]:
    transport = openai.DefaultAsyncHttpxClient(trust_env=False, timeout=SECONDS)
    async with AsyncOpenAI(
        base_url=f"{service.url}/v1", api_key=KEY, http_client=transport
    ) as made:
        yield made


def said(text: str) -> Any:
    return [{"role": "user", "content": text}]


def ask(client: OpenAI, text: str = "Hello", **asked: Any) -> Any:
    return client.chat.completions.create(model=MODEL, messages=said(text), **asked)


def post(service: Service, **asked: Any) -> httpx.Response:
    return httpx.post(
        f"{service.url}/v1/chat/completions",
        json={"messages": QUESTION, **asked},
        timeout=SECONDS,
        trust_env=False,
    )


def echo(service: Service, **asked: Any) -> Any:
    """What the simulator got."""
    response = post(service, **{"messages": said("sim:echo"), **asked})
    text = response.json()["choices"][0]["message"]["content"]
    return msgspec.json.decode(text.partition("```json\n")[2].rpartition("\n```")[0])


def streamed(service: Service, text: str = "Hello", **asked: Any) -> list[bytes]:
    """The payloads of an answer's `data:` frames."""
    body = post(service, messages=said(text), stream=True, **asked).content
    frames = [frame for frame in body.split(b"\n\n") if frame.startswith(b"data: ")]
    return [frame.removeprefix(b"data: ") for frame in frames]


def words(chunks: list[Any]) -> str:
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


# The openai package


def test_a_whole_answer(client: OpenAI) -> None:
    answer = ask(client)
    assert (answer.object, answer.model) == ("chat.completion", MODEL)
    [choice] = answer.choices
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    assert choice.message.content
    assert choice.message.reasoning_content
    assert answer.usage.total_tokens > 0
    assert answer._request_id.startswith("req_")


def test_a_streamed_answer(client: OpenAI) -> None:
    chunks = list(ask(client, "Write a poem", stream=True))
    assert words(chunks) == ask(client, "Write a poem").choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks[:2]] == [None, None]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(c.id and c.created and c.object and c.model == MODEL for c in chunks)
    assert any(getattr(c.choices[0].delta, "reasoning_content", "") for c in chunks)


async def test_the_async_client(aclient: AsyncOpenAI) -> None:
    whole = await aclient.chat.completions.create(model=MODEL, messages=QUESTION)
    stream = await aclient.chat.completions.create(
        model=MODEL, messages=QUESTION, stream=True
    )
    chunks = [chunk async for chunk in stream]
    assert words(chunks) == whole.choices[0].message.content


@pytest.mark.parametrize("text", ["Hello", "What is the weather in Paris?"])
def test_the_stream_helper_builds_the_whole_message(client: OpenAI, text: str) -> None:
    asked: Any = {"model": MODEL, "messages": said(text), "tools": [WEATHER]}
    with client.chat.completions.stream(**asked) as stream:
        kinds = {event.type for event in stream}
        choice = stream.get_final_completion().choices[0]
    whole = client.chat.completions.create(**asked).choices[0]
    assert "chunk" in kinds
    assert choice.message.role == "assistant"
    assert choice.finish_reason == whole.finish_reason
    assert choice.message.content == (whole.message.content or choice.message.content)
    calls = [c.function.arguments for c in choice.message.tool_calls or ()]
    assert calls == [c.function.arguments for c in whole.message.tool_calls or ()]


@pytest.mark.parametrize("tool_stream", [False, True])
def test_a_tool_is_called_and_its_answer_taken(
    client: OpenAI, tool_stream: bool
) -> None:
    asked = said("What is the weather in Paris?")
    with client.chat.completions.stream(
        model=MODEL,
        messages=asked,
        tools=[WEATHER],
        tool_choice="auto",
        extra_body={"tool_stream": tool_stream},
    ) as stream:
        message = stream.get_final_completion().choices[0].message
    [call] = message.tool_calls or []
    assert call.function.name == "get_weather"
    assert "city" in msgspec.json.decode(call.function.arguments)
    result: Any = {"role": "tool", "tool_call_id": call.id, "content": '{"sky": 7}'}
    answer = client.chat.completions.create(
        model=MODEL, messages=[*asked, message.to_dict(), result], tools=[WEATHER]
    )
    assert "sky" in (answer.choices[0].message.content or "")


@pytest.mark.parametrize(
    ("scenario", "raised", "status"),
    [
        ("sim:error=1210", openai.BadRequestError, 400),
        ("sim:error=1301", openai.BadRequestError, 400),
        ("sim:error=1305", openai.RateLimitError, 429),
        ("sim:error=1113", openai.InternalServerError, 502),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_an_error_raises_its_class(
    client: OpenAI,
    settings: Any,
    scenario: str,
    raised: type[openai.APIStatusError],
    status: int,
    stream: bool,
) -> None:
    settings.ZAI_MAX_TRIES = 1
    with pytest.raises(raised) as caught:
        ask(client, scenario, stream=stream)
    assert caught.value.status_code == status
    assert caught.value.code == scenario.partition("=")[2]
    assert set(caught.value.body) == {"message", "type", "param", "code"}
    assert caught.value.request_id.startswith("req_")


@pytest.mark.parametrize(
    ("code", "times"),
    [
        ("1113", 1),  # the operator's
        ("1308", 1),  # reset in an hour
        ("1234", 3),
    ],
)
def test_the_client_tries_again_only_what_may_pass(
    client: OpenAI, zai: Any, settings: Any, code: str, times: int
) -> None:
    settings.ZAI_MAX_TRIES = 1
    with pytest.raises(openai.APIStatusError):
        ask(client.with_options(max_retries=2), f"sim:error={code}")
    assert len(zai.state()["requests"]) == times


def test_what_is_not_configured_is_not_tried_again(
    service: Service, settings: Any
) -> None:
    settings.ZAI_API_KEY = ""
    assert post(service).headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    "scenario",
    ["sim:cut=3", "sim:stream-error=1234@5", "sim:no-finish", "sim:network-error"],
)
def test_an_answer_that_broke_off_raises(client: OpenAI, scenario: str) -> None:
    seen: list[Any] = []
    with pytest.raises(openai.APIError) as caught:
        seen.extend(ask(client, scenario, stream=True))
    assert type(caught.value) is openai.APIError
    assert caught.value.body["status"] == 502
    assert not any(c.choices[0].finish_reason for c in seen)


def test_a_prompt_too_long_has_openais_code_in_a_stream_too(service: Service) -> None:
    *_, last = streamed(service, "sim:stream-error=1261@2")
    error = msgspec.json.decode(last)["error"]
    assert (error["code"], error["status"]) == ("context_length_exceeded", 400)


def test_broken_off_never_looks_finished(service: Service) -> None:
    *_, last = streamed(service, "sim:network-error", stream_options={})
    error = msgspec.json.decode(last)["error"]
    assert {"message", "type", "param", "code"} < set(error)


def test_who_leaves_is_gone_at_once(client: OpenAI, service: Service) -> None:
    stream = ask(client, "sim:trickle=1", stream=True)
    next(iter(stream))
    stream.close()
    assert service.ended().ending == "client_disconnected"


def test_models_are_listed(client: OpenAI, zai: Any, settings: Any) -> None:
    settings.ZAI_API_KEY = ""
    models = {model.id: model for model in client.models.list()}
    assert {"glm-4.6", "glm-5.3"} <= set(models)
    assert client.models.retrieve("glm-4.6") == models["glm-4.6"]
    assert not zai.state()["requests"]
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-7")
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


def test_what_is_not_there_is_not_found(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.embeddings.create(model=MODEL, input="a")
    assert caught.value.code == "not_found"


@pytest.mark.once
def test_its_client_may_call_from_a_known_site(service: Service) -> None:
    asked = {*IN_A_BROWSER.split(","), "authorization", "content-type"}
    preflight = httpx.options(
        f"{service.url}/v1/chat/completions",
        headers={
            "Origin": "https://site.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": ",".join(sorted(asked)),
        },
        trust_env=False,
    )
    allowed = preflight.headers["access-control-allow-headers"].split(", ")
    assert asked <= set(allowed)


# Other clients


@pytest.fixture
def make_langchain(service: Service) -> Iterator[Callable[..., Any]]:
    # Here, for each worker would need seconds for it before its first test.
    from langchain_openai import ChatOpenAI

    url = f"{service.url}/v1"
    with httpx.Client(trust_env=False, timeout=SECONDS) as transport:
        yield partial(
            ChatOpenAI, model=MODEL, base_url=url, api_key=KEY, http_client=transport
        )


@pytest.fixture
def langchain(make_langchain: Callable[..., Any]) -> Any:
    return make_langchain(max_retries=0)


def test_langchain(make_langchain: Callable[..., Any]) -> None:
    model = make_langchain(stream_usage=True)
    whole = model.invoke("Write a poem")
    chunks = list(model.stream("Write a poem"))
    called = model.bind_tools([WEATHER]).invoke("What is the weather in Paris?")
    total = chunks[0]
    for chunk in chunks[1:]:
        total += chunk
    assert total.content == whole.content
    tokens = [message.usage_metadata["total_tokens"] for message in (total, whole)]
    assert tokens[0] == tokens[1] > 0
    assert [call["name"] for call in called.tool_calls] == ["get_weather"]


def test_langchain_learns_that_a_prompt_is_too_long(langchain: Any) -> None:
    with pytest.raises(ContextOverflowError, match="context_length_exceeded"):
        langchain.invoke("sim:error=1261")


@pytest.mark.once
def test_litellm(service: Service) -> None:
    done = subprocess.run(
        [sys.executable, CLIENTS / "litellm_client.py", f"{service.url}/v1"],
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    found = msgspec.json.decode(done.stdout.splitlines()[-1])
    assert found["whole"] == found["streamed"] != ""
    assert found["tokens"][0] == found["tokens"][1] > 0
    assert found["refused"] == "BadRequestError"
    assert found["broken off"] not in ("nothing", "APIConnectionError")


def test_zai_sdk(service: Service) -> None:
    client = ZaiClient(
        base_url=f"{service.url}/v1",
        api_key="any.key",
        http_client=httpx.Client(
            base_url=f"{service.url}/v1", trust_env=False, timeout=SECONDS
        ),
    )
    asked: Any = {"model": MODEL, "messages": QUESTION, "thinking": {"type": "enabled"}}
    whole = client.chat.completions.create(**asked)
    chunks = list(client.chat.completions.create(**asked, stream=True))
    assert words(chunks) == whole.choices[0].message.content
    assert chunks[-1].usage.total_tokens == whole.usage.total_tokens
    client._client.close()


def test_the_readmes_example(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    names: dict[str, Any] = {}
    exec(snippet("openai").replace("http://127.0.0.1:8000", service.url), names)
    names["client"].close()
    answer = post(service, model=MODEL).json()["choices"][0]["message"]["content"]
    assert capsys.readouterr().out == answer


# What goes to Z.AI


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ({}, {"temperature": 0.7, "max_tokens": 2048, "model": "glm-4.6"}),
        ({"max_completion_tokens": 777, "max_tokens": 5}, {"max_tokens": 777}),
        ({"temperature": 0.3}, {"temperature": 0.3}),
        ({"tool_choice": "auto", "tools": [WEATHER]}, {"tool_choice": "auto"}),
        (
            {"response_format": {"type": "text"}},
            {"response_format": {"type": "text"}},
        ),
        ({"user": "user-42"}, {"user_id": "user-42"}),
        ({"user": "user-42", "user_id": "user-43"}, {"user_id": "user-43"}),
        ({"thinking": {"type": "disabled"}}, {"thinking": {"type": "disabled"}}),
        ({"tool_stream": True}, {"tool_stream": True}),
    ],
)
def test_what_is_asked_reaches_zai(
    service: Service, asked: dict[str, Any], got: dict[str, Any]
) -> None:
    assert got.items() <= echo(service, **asked).items()


@pytest.mark.parametrize("stop", ["END", ["END"]])
def test_one_stop_word_is_a_list_for_zai(settings: Any, stop: Any) -> None:
    bodies: list[bytes] = []
    with scripted(answering(b"data: [DONE]\n\n"), bodies=bodies) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            post(service, stop=stop)
    assert msgspec.json.decode(bodies[0])["stop"] == ["END"]


def test_a_higher_temperature_is_zais_highest(service: Service) -> None:
    highest = echo(service, temperature=1)["temperature"]
    assert echo(service, temperature=1.7)["temperature"] == highest > 0.9


@pytest.mark.parametrize(
    "asked",
    [
        {"user": "me"},
        {"user": "x" * 129},
        {"logprobs": False, "n": 1, "metadata": {"a": "b"}, "service_tier": "auto"},
        {"parallel_tool_calls": True, "frequency_penalty": 0.5, "foo": [1]},
        {"functions": None, "function_call": "none"},
        {"functions": []},
        {"stream_options": {"include_usage": True}},
    ],
)
def test_what_zai_does_not_know_stays_here(
    service: Service, asked: dict[str, Any]
) -> None:
    assert set(echo(service, **asked)) == set(echo(service))


def test_a_developer_is_the_system(service: Service, settings: Any) -> None:
    settings.CHAT_SYSTEM_PROMPT = "Not this"
    messages = [{"role": "developer", "content": "Be brief."}, *said("sim:echo")]
    assert echo(service, messages=messages)["messages"] == [
        {"role": "system", "content": "Be brief."},
        *said("sim:echo"),
    ]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"n": 2}, "n: there is one answer to a request, no more."),
        ({"functions": [WEATHER["function"]]}, "functions: give them as tools."),
        ({"temperature": 2.1}, "temperature: expected a number <= 2.0."),
        ({"max_completion_tokens": 0}, "max_completion_tokens: expected a whole"),
        ({"messages": []}, "messages: there must be at least one."),
        ({"messages": None}, "messages: the field is required."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    service: Service, asked: dict[str, Any], sentence: str
) -> None:
    response = post(service, **asked)
    assert response.status_code == 400
    error = response.json()["error"]
    assert response.json() == {"error": error}
    assert error["message"].startswith(sentence)
    assert error["type"] == "invalid_request_error"
    assert error["param"] == next(iter(asked))


def test_every_error_before_the_start_has_openais_shape(
    service: Service, settings: Any
) -> None:
    url = f"{service.url}/v1/chat/completions"
    settings.ZAI_API_KEY = ""
    answers = [
        httpx.get(url, trust_env=False),
        httpx.post(url, content=b"{}", trust_env=False),
        httpx.post(url, json=[], trust_env=False),
        httpx.post(url, json={}, headers={"Host": "evil.example"}, trust_env=False),
        post(service),
        httpx.get(f"{service.url}/v1/nothing", trust_env=False),
        httpx.post(f"{service.url}/v1", json={}, trust_env=False),
    ]
    assert [a.status_code for a in answers] == [405, 415, 400, 400, 500, 404, 404]
    for answer in answers:
        error = answer.json()["error"]
        assert answer.json() == {"error": error}
        assert set(error) == {"message", "type", "param", "code"}


# What comes from Z.AI


def test_usage_comes_apart_when_asked_for(service: Service) -> None:
    *chunks, usage, done = streamed(service, stream_options={"include_usage": True})
    assert done == b"[DONE]"
    assert not any(b'"usage"' in chunk for chunk in chunks)
    last = msgspec.json.decode(usage)
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > 0
    assert last["id"] == msgspec.json.decode(chunks[0])["id"]


@pytest.mark.parametrize("options", [None, {}, {"include_usage": False}])
def test_otherwise_usage_stays_where_zai_has_it(service: Service, options: Any) -> None:
    *_, last, done = streamed(service, stream_options=options)
    assert done == b"[DONE]"
    assert msgspec.json.decode(last)["usage"]["total_tokens"] > 0
    assert msgspec.json.decode(last)["choices"][0]["finish_reason"] == "stop"


HEAD = b'{"id":"a","created":1,"object":"chat.completion.chunk","model":"m",'
DELTA = b'"choices":[{"index":0,"delta":{"role":"assistant","content":%s}}]}'
END = b'"choices":[{"index":0,"finish_reason":"%s","delta":{"role":"assistant"}}]}'


def played(settings: Any, *events: bytes) -> list[bytes]:
    frames = [b"data: " + event + b"\n\n" for event in (*events, b"[DONE]")]
    with scripted(answering(*frames)) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            return streamed(service)


def test_all_but_first_and_last_go_on_as_they_came(settings: Any) -> None:
    text = b'"\\"delta\\":{\\"role\\":\\"assistant\\", \xc3\xa9 1.50"'
    event = HEAD + DELTA % text
    first, second, _last, done = played(settings, event, event, HEAD + END % b"stop")
    assert b'"delta":{"role":"assistant","content":' in first
    assert second == event.replace(b'"role":"assistant",', b"")
    assert done == b"[DONE]"


@pytest.mark.parametrize(
    ("zais", "openais"),
    [
        (b"stop", "stop"),
        (b"tool_calls", "tool_calls"),
        (b"length", "length"),
        (b"sensitive", "content_filter"),
        (b"model_context_window_exceeded", "length"),
        (b"something_new", "something_new"),
    ],
)
def test_finish_reasons_are_openais(settings: Any, zais: bytes, openais: str) -> None:
    *_, last, _done = played(settings, HEAD + DELTA % b'"a"', HEAD + END % zais)
    assert msgspec.json.decode(last)["choices"][0]["finish_reason"] == openais


def test_a_whole_answer_says_content_filter_too(client: OpenAI) -> None:
    assert ask(client, "sim:sensitive").choices[0].finish_reason == "content_filter"


# The request log


def test_the_row_tells_the_dialect(client: OpenAI) -> None:
    row = closed(ask(client, user="user-42")._request_id)
    assert (row.dialect, row.path) == ("openai", "/v1/chat/completions")
    assert (row.ending, row.user_id, row.streamed) == ("completed", "user-42", False)
    assert row.finish_reason == "stop"


def test_the_row_has_zais_finish_reason(client: OpenAI) -> None:
    list(ask(client, "sim:sensitive", stream=True))
    assert only_row().finish_reason == "sensitive"


def test_a_refusal_has_a_row(service: Service) -> None:
    row = closed(post(service, n=2).headers["x-request-id"])
    assert (row.dialect, row.ending, row.status) == ("openai", "refused", 400)


@pytest.mark.parametrize(
    ("store", "kept"), [(None, True), (True, True), (False, False)]
)
def test_only_an_explicit_false_keeps_text_out(
    client: OpenAI, store: bool | None, kept: bool
) -> None:
    row = closed(ask(client, store=store)._request_id)
    assert bool(row.question) is kept


def test_the_callers_key_is_kept_nowhere(client: OpenAI, caplog: Any) -> None:
    caplog.set_level("DEBUG", "chat")
    closed(ask(client)._request_id)
    tables = (RequestLog, RequestText, Message)
    kept = [list(table.objects.values()) for table in tables]
    assert KEY not in repr(kept) + caplog.text


# The other dialect


def test_the_native_dialect_is_as_it_was(service: Service) -> None:
    body = service.post().content
    assert body.endswith(b'data: {"data": "[DONE]"}\n\n')
    assert body.count(b'"role":"assistant"') > 2
    assert b'"usage"' in body
    assert text_of(body)
