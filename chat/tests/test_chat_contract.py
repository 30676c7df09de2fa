"""What `/api/chat` promises to whoever calls it."""

import json
from typing import Any

import httpx
import msgspec
import pytest

from chat.protocols.astray import refusal_at
from chat.tests.frames import DONE, frames, text_of
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for
from chat.web import application
from chat.web.handler import Handler

CALL = {"id": "c", "type": "function", "function": {"name": "a", "arguments": "{}"}}
QUESTION = {"messages": [{"role": "user", "content": "Hello"}]}


def reached_zai(response: httpx.Response) -> Any:
    """What the simulator got, for a question with `sim:echo`."""
    text = response.json()["choices"][0]["message"]["content"]
    return msgspec.json.decode(text.partition("```json\n")[2].rpartition("\n```")[0])


def echo(service: Service, **fields: Any) -> Any:
    body = {"messages": [{"role": "user", "content": "sim:echo"}], **fields}
    return reached_zai(service.send({**body, "stream": False}))


def test_a_stream_says_what_proxies_must_know(service: Service) -> None:
    headers = service.post().headers
    assert headers["content-type"] == "text/event-stream"
    assert headers["cache-control"] == "no-cache, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert headers["x-request-id"].startswith("req_")
    assert "content-encoding" not in headers


def test_every_event_has_what_callers_rely_on(service: Service) -> None:
    response = service.post("a table please", model="glm-4.7")
    *events, last = frames(response.content)
    assert last == DONE
    assert response.content.endswith(b'data: {"data": "[DONE]"}\n\n')
    assert all(event["model"] == "glm-4.7" and event["created"] for event in events)
    assert all("delta" in event["choices"][0] for event in events)
    assert events[0]["choices"][0]["delta"]["reasoning_content"]
    assert events[-1]["usage"]["total_tokens"] > 0


def test_streamed_and_whole_answers_say_the_same(service: Service) -> None:
    whole = service.post("Write a poem", stream=False)
    assert whole.headers["content-type"] == "application/json"
    message = whole.json()["choices"][0]["message"]
    assert message["content"] == text_of(service.post("Write a poem").content)


@pytest.mark.parametrize("path", ["/api/chat", "/api/chat/"])
def test_both_forms_of_the_path_answer(service: Service, path: str) -> None:
    response = httpx.post(service.url + path, json=QUESTION, trust_env=False)
    assert frames(response.content)[-1] == DONE


def test_the_request_id_goes_to_zai(service: Service, zai: Any) -> None:
    response = service.post()
    [request] = zai.state()["requests"]
    assert request["request_id"] == response.headers["x-request-id"]


def test_defaults_reach_zai(service: Service, settings: Any) -> None:
    settings.CHAT_DEFAULT_MODEL = "glm-4.5-air"
    got = echo(service)
    assert got["model"] == "glm-4.5-air"
    assert (got["temperature"], got["max_tokens"]) == (0.7, 2048)
    assert None not in got.values()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 0.3),
        ("top_p", 0.5),
        ("max_tokens", 777),
        ("do_sample", False),
        ("tool_choice", "auto"),
        ("thinking", {"type": "disabled"}),
        ("response_format", {"type": "text"}),
        ("user_id", "user-42"),
        ("seed", 7),
        ("stream_options", {"include_usage": True}),
        ("meta", {"user_name": "Ada"}),
        ("watermark_enabled", True),
        ("sensitive_word_check", {"type": "ALL", "status": "ENABLE"}),
    ],
)
def test_every_parameter_reaches_zai(service: Service, name: str, value: Any) -> None:
    assert echo(service, **{name: value})[name] == value


@pytest.mark.parametrize("stop", ["END", ["END"]])
def test_one_stop_word_is_a_list_for_zai(settings: Any, stop: Any) -> None:
    bodies: list[bytes] = []
    with scripted(answering(b"data: [DONE]\n\n"), bodies=bodies) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            service.post(stop=stop)
    assert msgspec.json.decode(bodies[0])["stop"] == ["END"]


def test_null_means_not_given(service: Service) -> None:
    got = echo(service, model=None, temperature=None, tools=None, stop=None)
    assert got["temperature"] == 0.7
    assert "tools" not in got


def test_unknown_fields_are_ignored(service: Service) -> None:
    got = echo(service, request_id="mine", extra_headers={"a": "b"}, foo=1)
    assert not {"foo", "extra_headers"} & set(got)
    assert got["request_id"].startswith("req_")


def test_other_keys_of_what_is_known_are_left_out(service: Service) -> None:
    thinking = {"type": "enabled", "clear_thinking": False, "budget": 7}
    got = echo(service, thinking=thinking, meta={"user_name": "Ada", "x": "y"})
    assert got["thinking"] == {"type": "enabled", "clear_thinking": False}
    assert got["meta"] == {"user_name": "Ada"}


@pytest.mark.parametrize("name", ["thinking", "meta", "response_format"])
def test_what_has_no_known_key_is_not_sent(service: Service, name: str) -> None:
    assert name not in echo(service, **{name: {"x": "y", "type": None}})


def test_tools_come_back_streamed_and_whole(service: Service) -> None:
    function = {"name": "add", "parameters": {"type": "object", "properties": {}}}
    tools = [{"type": "function", "function": function}]
    events = frames(service.post("sim:tools", tools=tools).content)
    calls = [e["choices"][0]["delta"].get("tool_calls") for e in events[:-1]]
    assert [c[0]["function"]["name"] for c in calls if c] == ["add"]
    assert events[-2]["choices"][0]["finish_reason"] == "tool_calls"
    parts = frames(service.post("sim:tools", tools=tools, tool_stream=True).content)
    assert sum("tool_calls" in e["choices"][0]["delta"] for e in parts[:-1]) > 1


def test_an_image_reaches_a_model_that_sees(service: Service) -> None:
    url = "https://pictures.example/cat.png"
    content = [
        {"type": "text", "text": "What is this? sim:echo"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    messages = [{"role": "user", "content": content}]
    response = service.send(
        {"messages": messages, "model": "glm-4.6v", "stream": 0 > 1}
    )
    assert reached_zai(response)["messages"][0]["content"] == content


def test_messages_that_say_nothing_are_dropped(service: Service) -> None:
    got = echo(
        service,
        messages=[
            {"content": "nobody said this"},
            {"role": "user", "content": "Hi", "id": "7", "createdAt": "now"},
            {"role": "assistant", "content": ""},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c", "content": ""},
            {"role": "user", "content": "sim:echo"},
        ],
    )
    assert got["messages"] == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c", "content": "(no output)", "name": "a"},
        {"role": "user", "content": "sim:echo"},
    ]


def test_the_system_prompt_comes_first_unless_there_is_one(
    service: Service, settings: Any
) -> None:
    settings.CHAT_SYSTEM_PROMPT = "Be brief."
    assert echo(service)["messages"][0] == {"role": "system", "content": "Be brief."}
    own = [
        {"role": "system", "content": "Mine"},
        {"role": "user", "content": "sim:echo"},
    ]
    assert echo(service, messages=own)["messages"] == own


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("messages", None, "messages: the field is required."),
        ("messages", [], "messages: there must be at least one."),
        ("messages", [{"role": "user"}], "messages: none of them has both"),
        ("messages", [{"role": "user", "content": 7}], "messages[0].content: expected"),
        (
            "messages",
            [{"role": "pope", "content": "a"}],
            "messages[0].role: expected one of",
        ),
        ("messages", ["a"], "messages[0]: expected an object, got a string."),
        ("temperature", "hot", "temperature: expected a number, got a string."),
        ("temperature", 1.5, "temperature: expected a number <= 1.0."),
        ("temperature", -0.1, "temperature: expected a number >= 0.0."),
        ("max_tokens", 0, "max_tokens: expected a whole number >= 1."),
        ("max_tokens", 1.5, "max_tokens: expected a whole number, got a number."),
        ("stream", "yes", "stream: expected true or false, got a string."),
        ("model", 5, "model: expected a string, got a whole number."),
        ("user_id", "me", "user_id: expected a string of length >= 6."),
        ("tools", {}, "tools: expected a list, got an object."),
        ("stop", ["a", "b", "c", "d", "e"], "stop: expected a list of length <= 4."),
    ],
)
def test_a_wrong_field_is_named(
    service: Service, field: str, value: Any, sentence: str
) -> None:
    response = service.send({**QUESTION, field: value})
    assert response.status_code == 400
    assert response.json()["detail"].startswith(sentence)
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert response.json()["error"]["param"].startswith(field)


def raw_post(service: Service, body: str, path: str = "/api/chat") -> httpx.Response:
    """A body as it is written, for numbers that JSON of Python's writes otherwise."""
    headers = {"Content-Type": "application/json"}
    return httpx.post(
        service.url + path, content=body, headers=headers, trust_env=False
    )


ASKED = '"messages": [{"role": "user", "content": "sim:echo"}], "stream": false'


@pytest.mark.parametrize("written", ["2048.0", "2.048e3", "2048.000", "2048"])
def test_whole_numbers_are_taken_as_other_languages_write_them(
    service: Service, written: str
) -> None:
    response = raw_post(service, f'{{{ASKED}, "max_tokens": {written}}}')
    echoed = response.json()["choices"][0]["message"]["content"]
    assert '"max_tokens": 2048' in echoed
    assert "2048." not in echoed


@pytest.mark.parametrize("written", ["true", '"2048"', "2048.5", "1e400", "[2048.0]"])
@pytest.mark.parametrize(
    ("path", "field"),
    [("/api/chat", "max_tokens"), ("/v1/chat/completions", "max_completion_tokens")],
)
def test_what_is_no_whole_number_stays_refused(
    service: Service, path: str, field: str, written: str
) -> None:
    response = raw_post(service, f'{{{ASKED}, "{field}": {written}}}', path)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == field


@pytest.mark.parametrize("written", [str(-(2**63) - 1), str(2**63)])
def test_a_whole_number_out_of_range_is_not_made_to_fit(
    service: Service, written: str
) -> None:
    response = raw_post(service, f'{{{ASKED}, "seed": {written}}}')
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "seed"


def test_all_wrong_fields_are_named_and_param_is_the_first(service: Service) -> None:
    wrong = {"role": "pope", "content": "a"}
    response = service.send(
        {
            "temperature": 7,
            "messages": [QUESTION["messages"][0], wrong, {**wrong, "content": 5}],
            "max_tokens": 0,
            "stop": ["a", 5],
            "tools": {},
        }
    )
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["param"] == "temperature"
    places = ["temperature", "messages[1].role", "messages[2].role"]
    places += ["messages[2].content", "max_tokens", "stop[1]", "tools"]
    found = [error["message"].find(f"{place}: ") for place in places]
    assert found == sorted(found) and -1 not in found


def test_a_body_of_nothing_but_mistakes_is_answered_shortly(service: Service) -> None:
    response = service.send({"messages": [{"role": 5, "tool_calls": [5] * 9}] * 1999})
    assert response.status_code == 400
    assert len(response.json()["detail"]) <= 500


def test_messages_that_are_missing_are_named_beside_a_wrong_field(
    service: Service,
) -> None:
    error = service.send({"temperature": "hot"}).json()["error"]
    assert error["param"] == "temperature"
    assert error["message"].endswith("messages: the field is required.")


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ({"text": "a"}, "content[0].type: a part needs a type."),
        ({"type": "text"}, "content[0].text: expected a string."),
        ({"type": "image_url"}, "content[0].image_url.url: expected a string."),
        ({"type": "image_url", "image_url": "x"}, "content[0].image_url.url: expected"),
        ({"type": "video_url", "video_url": {}}, "content[0].video_url.url: expected"),
    ],
)
def test_a_wrong_part_is_named(service: Service, part: Any, sentence: str) -> None:
    response = service.send({"messages": [{"role": "user", "content": [part]}]})
    assert response.status_code == 400
    assert sentence in response.json()["detail"]


def test_errors_have_one_shape(service: Service) -> None:
    response = service.send([])
    error = response.json()
    assert set(error) == {"detail", "error"}
    assert set(error["error"]) == {"message", "type", "code", "param", "request_id"}
    assert error["detail"] == error["error"]["message"]
    assert error["error"]["request_id"] == response.headers["x-request-id"]


def test_without_a_key_the_variable_is_named(service: Service, settings: Any) -> None:
    for key in ("", "no-dot", "with space.in it", "naïve.key"):
        settings.ZAI_API_KEY = key
        response = service.post()
        assert response.status_code == 500
        assert "ZAI_API_KEY" in response.json()["detail"]
        assert not key or key not in response.text


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(service: Service, method: str) -> None:
    response = httpx.request(method, f"{service.url}/api/chat", trust_env=False)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST, OPTIONS"
    assert response.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "kind",
    [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"],
)
def test_a_form_of_a_foreign_page_is_refused(
    service: Service, kind: str | None
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    headers["Origin"] = "https://evil.example"  # as every browser says
    body = json.dumps(QUESTION).encode()
    url = f"{service.url}/api/chat"
    response = httpx.post(url, content=body, headers=headers, trust_env=False)
    assert response.status_code == 415


def test_a_compressed_body_is_refused(service: Service) -> None:
    response = service.send(QUESTION, headers={"Content-Encoding": "gzip"})
    assert response.status_code == 415


def test_a_foreign_host_is_refused(service: Service) -> None:
    response = service.send(QUESTION, headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("path", ["/api/", "/api/chats", "/api/chat/x", "/v1/nothing"])
@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_path_answers_in_the_same_shape(
    service: Service, settings: Any, path: str, debug: bool
) -> None:
    settings.DEBUG = debug
    response = httpx.get(service.url + path, trust_env=False)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/chat/completions", "/v1/chat/completions"),
        ("/v1/v1/chat/completions", "/v1/chat/completions"),
        ("//v1/chat/completions", "/v1/chat/completions"),
        ("/v1//chat/completions/", "/v1/chat/completions"),
        ("/api/chat/completions", "/v1/chat/completions"),
        ("/api/chat/chat/completions", "/v1/chat/completions"),
        ("/v1/chat", "/v1/chat/completions"),
        ("/responses", "/v1/responses"),
        ("/v1/v1/responses", "/v1/responses"),
        ("/models", "/v1/models"),
        ("/models/glm-4.6", "/v1/models"),
        ("/api/v1/models", "/v1/models"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_base_url_with_too_little_or_too_much_is_told_the_right_path(
    service: Service, path: str, right: str, method: str
) -> None:
    body = {"messages": [{"role": "user", "content": "Hello"}]}
    response = httpx.request(
        method,
        service.url + path,
        json=body if method == "POST" else None,
        trust_env=False,
    )
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (404, "not_found")
    assert f"The right one is {right}. The base URL" in error["message"]
    assert set(error) == {"message", "type", "code", "param"}  # as OpenAI's clients


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("//api/chat", "/api/chat"),
        ("/chat", "/api/chat"),
        ("/docs", "/api/docs"),
        ("/redoc", "/api/docs"),
        ("/openapi.json", "/api/openapi.json"),
        ("//health", "/health"),
    ],
)
def test_who_looks_for_our_own_paths_elsewhere_is_told_where(
    service: Service, path: str, right: str
) -> None:
    response = httpx.get(service.url + path, trust_env=False)
    assert response.status_code == 404
    assert response.json()["detail"].endswith(f"The right one is {right}.")


def test_nobody_is_sent_to_docs_that_are_closed(
    service: Service, settings: Any
) -> None:
    settings.CHAT_DOCS = "off"
    response = httpx.get(f"{service.url}/docs", trust_env=False)
    assert response.json()["detail"] == "There is nothing at this path."


@pytest.mark.parametrize("path", ["embeddings", "completions"])
def test_what_else_openai_has_is_refused_in_its_shape(
    service: Service, path: str
) -> None:
    url = f"{service.url}/v1/{path}"
    response = httpx.post(url, json={"model": "x"}, trust_env=False)
    assert response.status_code == 404
    assert "/v1/chat/completions" in response.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/messages", "/messages", "//v1/messages"])
def test_anthropics_clients_are_refused_in_their_shape(
    service: Service, path: str
) -> None:
    response = httpx.post(service.url + path, json={"model": "x"}, trust_env=False)
    body = response.json()
    assert response.status_code == 404
    assert (body["type"], body["error"]["type"]) == ("error", "not_found_error")
    assert "/v1/chat/completions" in body["error"]["message"]
    assert body["request_id"] == response.headers["x-request-id"]


def test_a_path_of_a_megabyte_is_nowhere(service: Service) -> None:
    refusal, told = refusal_at("//" + "v1/" * 300_000)
    assert (refusal.status, told.error_type) == (404, "application/json")


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_a_byte_order_mark_is_passed_over(service: Service, path: str) -> None:
    body = '{"messages": [{"role": "user", "content": "Hello"}], "stream": false}'
    response = httpx.post(
        service.url + path,
        content=body.encode("utf-8-sig"),
        headers={"Content-Type": "application/json"},
        trust_env=False,
    )
    assert response.json()["choices"][0]["message"]["content"]


def test_there_is_nothing_to_resume(service: Service) -> None:
    url = f"{service.url}/api/chat/chat1/stream"
    response = httpx.get(url, trust_env=False)
    assert (response.status_code, response.content) == (204, b"")
    assert "content-type" not in response.headers


def test_a_known_site_may_call_from_the_browser(service: Service) -> None:
    origin = {"Origin": "https://site.example"}
    response = service.send(QUESTION, headers=origin)
    assert response.headers["access-control-allow-origin"] == "https://site.example"
    assert "x-request-id" in response.headers["access-control-expose-headers"].lower()
    preflight = httpx.options(
        f"{service.url}/api/chat",
        headers={
            **origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
        trust_env=False,
    )
    assert preflight.status_code == 200
    assert "content-type" in preflight.headers["access-control-allow-headers"]


def test_errors_reach_the_scripts_of_a_known_site(service: Service) -> None:
    response = service.send([], headers={"Origin": "https://site.example"})
    assert response.headers["access-control-allow-origin"] == "https://site.example"


def test_an_unknown_site_gets_no_leave(service: Service) -> None:
    response = service.send(QUESTION, headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in response.headers


def test_retry_after_is_told(service: Service, settings: Any) -> None:
    settings.ZAI_MAX_TRIES = 1
    response = service.post("sim:error=1305")
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) == 5
    reset = service.post("sim:error=1308")
    assert int(reset.headers["retry-after"]) > 60
    assert reset.json()["error"]["type"] == "rate_limit_error"


def test_operator_faults_are_not_explained_to_the_caller(service: Service) -> None:
    response = service.post("sim:error=1113")
    assert response.status_code == 502
    assert "balance" not in response.text.lower()
    assert response.json()["error"]["code"] == "1113"
    assert "nsufficient balance" in service.line()


def test_over_plain_http_a_post_is_sent_to_https_as_a_post(
    zai: Any, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = True  # read when the handler is made
    with service_for(app=application.service(Handler())) as strict:
        response = strict.send(QUESTION)
    assert response.status_code == 308
    assert response.headers["location"].startswith("https://")
