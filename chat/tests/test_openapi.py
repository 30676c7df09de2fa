"""The description is valid, says everything, and is true."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import jsonschema_rs
import pytest
from django.conf import settings as django_settings
from django.urls import get_resolver

from chat import failures
from chat.event import Batch
from chat.openapi import conversations, document, errors, examples, requests
from chat.protocols.error_shapes import find_kinds
from chat.protocols.openai_writer import OpenAIWriter
from chat.tests.admin.people import logged_in
from chat.tests.frames import frames
from chat.tests.locked import by, lock, make_client
from chat.tests.openai_responses.asking import read_events
from chat.tests.openapi_validity import validate
from chat.tests.serving import Service
from chat.tests.test_readme import snippet
from chat.tests.waiting import SECONDS
from chat.upstream.repair import Repair
from config.home import HOME
from config.version import read_version

API = re.compile(r"\^(api|v1|health|metrics)\b")
# The rest of what lies below these roots; what it answers is told in `info`.
ALL_ELSE = "^(?:api|v1|health)(?:/|$)"
# What differs from one answer to the next.
PASSING = re.compile(
    r"(?<=req_)[0-9a-f]+|(?<=call_)[0-9a-f]+|(?<=\"created\":)\d+|(?<=Ms\":)\d+"
    r"|(?<=cached_tokens\":)\d+|(?<=cachedInputTokens\":)\d+"
    r"|(?<=resp_)[0-9a-f]+|(?<=(?:msg|.rs)_)[0-9a-f]{27}|(?<=created_at\":)\d+"
)


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return json.loads(document.encode_document())


def get(service: Service, path: str) -> httpx.Response:
    return httpx.get(service.url + path, timeout=SECONDS, trust_env=False)


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for operation in methods.values():
            yield path, operation


def accepts(described: dict[str, Any], schema: dict[str, Any]) -> Any:
    with_components = {**schema, "components": described["components"]}
    return jsonschema_rs.validator_for(with_components)


def test_it_is_valid(described: dict[str, Any]) -> None:
    validate(described)


def test_an_endpoint_after_the_readme_is_valid(described: dict[str, Any]) -> None:
    namespace = dict(vars(conversations))
    exec(snippet("title described"), namespace)
    paths = {
        **described["paths"],
        "/api/title": {"post": namespace["describe_title"]()},
    }
    validate({**described, "paths": paths})


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/openapi.json/"])
def test_it_is_served(service: Service, described: dict[str, Any], path: str) -> None:
    response = get(service, path)
    assert response.headers["content-type"] == "application/json"
    assert response.json() == described
    assert response.headers["x-request-id"]


def test_every_route_is_described(described: dict[str, Any]) -> None:
    routes = [str(r.pattern) for r in get_resolver("chat.urls").url_patterns]
    api = [route for route in routes if API.match(route)]
    assert len(api) > 5
    paths = {path: re.sub(r"{\w+}", "x", path)[1:] for path in described["paths"]}
    for route in api:
        assert any(re.match(route, path) for path in paths.values()), route
    for path, example in paths.items():
        assert any(re.match(route, example) for route in api), path
    assert ALL_ELSE in routes


def test_its_version_is_that_of_the_newest_release() -> None:
    changelog = (HOME / "CHANGELOG.md").read_text()
    [newest, *_] = re.findall(r"^## (\d+\.\d+\.\d+)", changelog, re.M)
    assert read_version() == newest


@pytest.mark.parametrize("struct", requests.FIELDS, ids=lambda struct: struct.__name__)
def test_every_field_has_a_sentence(described: dict[str, Any], struct: type) -> None:
    fields = set(struct.__struct_encode_fields__)
    assert set(requests.FIELDS[struct]) == fields
    schema = described["components"]["schemas"][struct.__name__]
    assert set(schema["properties"]) == fields
    assert all(field["description"] for field in schema["properties"].values())


def test_defaults_are_those_of_the_settings(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    native = schemas["ChatRequest"]["properties"]
    openai = schemas["OpenAIChatRequest"]["properties"]
    model = django_settings.CHAT_DEFAULT_MODEL
    assert native["model"]["default"] == openai["model"]["default"] == model
    assert (native["stream"]["default"], openai["stream"]["default"]) == (True, False)
    assert "default" not in native["messages"]


def test_every_failure_is_described(described: dict[str, Any]) -> None:
    by_code = {failures.UpstreamRejected, failures.AccessRefused, failures.GateShut}
    told = set(find_kinds()) - by_code
    assert set(errors.MEANS) == told
    text = json.dumps(described["paths"])
    for kind in told:
        assert not kind.code or f"`{kind.code}`" in text
    chat = described["paths"]["/api/chat"]["post"]["responses"]
    statuses = {str(kind.status) for kind in find_kinds()} - {"404"}
    assert set(chat) == statuses | {"200", "429"}


# What a key is asked for, or would be; the rest is for everyone.
LOCKED = {"/api/chat", "/api/chat/{id}/stream", "/v1/chat/completions"}
LOCKED |= {"/v1/models", "/v1/models/{id}", "/v1/responses"}


@pytest.mark.parametrize(
    ("access", "needed"), [("keys", [{"bearer": []}]), ("open", [{"bearer": []}, {}])]
)
def test_every_door_says_whether_it_is_locked(
    settings: Any, access: str, needed: list[Any]
) -> None:
    settings.CHAT_ACCESS = access
    made = document.make_document()
    assert made["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    locked = {path for path, told in operations(made) if told.get("security") == needed}
    assert locked >= LOCKED
    for path, told in operations(made):
        if path == "/metrics":  # has a token of its own
            continue
        assert ("401" in told["responses"]) <= (path in locked), path
        assert ("security" in told) == (path in locked), path
        if path in locked:  # where it has no words of its own, "default" tells it
            assert {"401", "default"} & set(told["responses"]), path
    assert not {path for path in locked if not path.startswith(("/api/", "/v1/"))}
    validate(made)


def test_every_example_is_of_its_shape(described: dict[str, Any]) -> None:
    seen = 0
    for _, operation in operations(described):
        answers = operation["responses"].values()
        contents = [answer.get("content", {}) for answer in answers]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        for media in (media for content in contents for media in content.values()):
            values = [e["value"] for e in media.get("examples", {}).values()]
            values += [media["example"]] if "example" in media else []
            for value in values:
                accepts(described, media["schema"]).validate(value)
                seen += 1
    assert seen > 50


@pytest.mark.parametrize("name", examples.SUMMARIES)
def test_every_example_is_what_really_comes(service: Service, name: str) -> None:
    paths = {"openai": "/v1/chat/completions", "responses": "/v1/responses"}
    path = paths.get(name.partition("_")[0], "/api/chat")
    answer = httpx.post(
        service.url + path,
        json=examples.read_request(name),
        timeout=SECONDS,
        trust_env=False,
    )
    assert answer.status_code == 200
    assert steady(answer.text) == steady(examples.read_answer(name))


def steady(answer: Any) -> str:
    """What is always the same of an answer."""
    if not isinstance(answer, str):
        answer = json.dumps(answer, separators=(",", ":"), ensure_ascii=False)
    return PASSING.sub("…", answer.replace(": keep-alive\n\n", ""))


def asking(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], **more}


def by_responses(text: str, **more: Any) -> dict[str, Any]:
    return {"input": text, **more}


def by_use_chat(text: str) -> dict[str, Any]:
    said = {"role": "user", "parts": [{"type": "text", "text": text}]}
    return {"trigger": "submit-message", "messages": [said]}


def anywhere(asking: Any) -> list[tuple[int, dict[str, Any]]]:
    return [
        (400, {"json": asking("Hello", temperature=-1)}),
        (400, {"json": asking("sim:error=1301")}),
        (405, {"method": "PUT"}),
        (413, {"content": b" " * 2_000}),
        (415, {"content": b"{}"}),
        (429, {"json": asking("sim:error=1308")}),
        (502, {"json": asking("sim:error=1113")}),
        (502, {"json": asking("sim:error=1234", stream=False)}),
        (504, {"json": asking("sim:silent", stream=False)}),
    ]


BY_USE_CHAT = [
    (400, {"json": by_use_chat("")}),
    (400, {"json": by_use_chat("sim:error=1301")}),
    (405, {"json": by_use_chat("Hello"), "method": "PUT"}),
    (413, {"json": by_use_chat("Hello" * 500)}),
    (415, {"content": json.dumps(by_use_chat("Hello"))}),
    (429, {"json": by_use_chat("sim:error=1308")}),
]


@pytest.mark.parametrize(
    ("path", "status", "options"),
    [
        *(("/api/chat", *case) for case in anywhere(asking) + BY_USE_CHAT),
        *(("/v1/chat/completions", *case) for case in anywhere(asking)),
        *(("/v1/responses", *case) for case in anywhere(by_responses)),
    ],
)
def test_what_is_refused_is_as_described(
    service: Service,
    settings: Any,
    described: dict[str, Any],
    path: str,
    status: int,
    options: dict[str, Any],
) -> None:
    settings.ZAI_MAX_TRIES, settings.CHAT_MAX_BODY_BYTES = 1, 1_000
    if status == 504:
        settings.ZAI_ANSWER_TIMEOUT = 0.5

    response = httpx.request(
        **{"method": "POST", **options},
        url=service.url + path,
        timeout=SECONDS,
        trust_env=False,
    )

    assert response.status_code == status
    answer = described["paths"][path]["post"]["responses"][str(status)]
    media = answer["content"][response.headers["content-type"]]
    is_json = response.headers["content-type"] == "application/json"
    told = response.json() if is_json else response.text
    accepts(described, media["schema"]).validate(told)
    for name, reference in answer["headers"].items():
        header = described["components"]["headers"][reference["$ref"].split("/")[-1]]
        assert name in response.headers or not header.get("required"), name
    assert ("retry-after" in response.headers) == (status == 429)


BODIES: dict[str, Any] = {
    "/api/chat": asking,
    "/v1/chat/completions": asking,
    "/v1/responses": by_responses,
}
LIMITED = [
    (401, {}, {}),
    (403, {"allowed_models": "glm-4.5"}, {"model": "glm-4.6"}),
    (429, {"requests_per_minute": 1}, {}),
    (429, {"budget_usd_per_day": Decimal("0.00")}, {}),
]


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(("status", "terms", "asked"), LIMITED)
def test_what_a_client_may_not_do_is_as_described(
    service: Service,
    settings: Any,
    described: dict[str, Any],
    path: str,
    status: int,
    terms: dict[str, Any],
    asked: dict[str, Any],
) -> None:
    lock(settings)
    headers = by(make_client(**terms)[1]) if terms else {}
    for _ in range(2):
        response = httpx.post(
            service.url + path,
            json=BODIES[path]("Hello", **asked),
            headers=headers,
            timeout=SECONDS,
            trust_env=False,
        )
    assert response.status_code == status
    answer = described["paths"][path]["post"]["responses"][str(status)]
    media = answer["content"]["application/json"]
    accepts(described, media["schema"]).validate(response.json())
    for name, reference in answer["headers"].items():
        header = described["components"]["headers"][reference["$ref"].split("/")[-1]]
        assert name in response.headers or not header.get("required"), name
    told = {name for name in response.headers if "ratelimit" in name}
    assert told <= {name.lower() for name in answer["headers"]}
    assert bool(told) == ("requests_per_minute" in terms)


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/"])
def test_the_page_loads_nothing_from_elsewhere(service: Service, path: str) -> None:
    response = get(service, path)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    links = re.findall(r'(?:src|href|data-url)="([^"]+)"', response.text)
    assert len(links) >= 5
    for link in links:
        assert link.startswith("/")
        assert get(service, link).status_code == 200, link


DOCUMENTS = ["/api/openapi.json", "/api/docs", "/api/docs/"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("path", DOCUMENTS)
def test_switched_off_there_is_nothing_at_its_paths(
    service: Service, settings: Any, path: str, method: str
) -> None:
    settings.CHAT_DOCS = "off"
    told = [
        httpx.request(method, service.url + asked, trust_env=False)
        for asked in (path, "/api/nothing")
    ]
    assert {answer.status_code for answer in told} == {404}
    assert told[0].text.count("/api/") == told[1].text.count("/api/")
    if method == "GET":
        assert told[0].json()["error"]["code"] == "not_found"


def test_for_staff_alone(service: Service, settings: Any) -> None:
    settings.CHAT_DOCS = "staff"
    settings.SESSION_COOKIE_SECURE = False
    assert get(service, "/api/openapi.json").status_code == 404
    sent = get(service, "/api/docs?a=b")
    assert sent.headers["location"] == "/admin/login/?next=/api/docs%3Fa%3Db"
    with logged_in(service.url, "ada") as browser:
        for path in DOCUMENTS:
            assert browser.get(path).status_code == 200


NOT_DESCRIBED = [
    {"response_format": {"type": "xml"}},
    {"tools": [{"type": "function"}] * 129},
    {"thinking": {"type": "sometimes"}},
    {"thinking": {"clear_thinking": "no"}},
    {"model": "a" * 101},
]


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("wrong", NOT_DESCRIBED)
def test_what_is_not_described_is_refused_by_us(
    service: Service, described: dict[str, Any], path: str, wrong: dict[str, Any]
) -> None:
    body = BODIES[path]("Hello", **wrong)
    content = described["paths"][path]["post"]["requestBody"]["content"]
    assert not accepts(described, content["application/json"]["schema"]).is_valid(body)
    answer = httpx.post(service.url + path, json=body, timeout=SECONDS, trust_env=False)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "invalid_request")
    [(field, _)] = wrong.items()
    assert error["param"].startswith(field)


@pytest.mark.parametrize("text", ["Hello", "What is the weather?", "sim:cut=3"])
def test_events_of_responses_are_described(
    service: Service, described: dict[str, Any], text: str
) -> None:
    path = "/v1/responses"
    tools = [{"type": "custom", "name": "weather"}]
    answer = httpx.post(
        service.url + path,
        json=by_responses(text, stream=True, tools=tools),
        timeout=SECONDS,
        trust_env=False,
    )
    content = described["paths"][path]["post"]["responses"]["200"]["content"]
    shape = accepts(described, content["text/event-stream"]["x-itemSchema"])
    events = read_events(answer.content)
    assert len(events) > 5
    for event in events:
        shape.validate(event)


@pytest.mark.parametrize("options", [None, {"include_usage": True}, {"x": 1}])
def test_events_for_openais_clients_are_described(
    service: Service, described: dict[str, Any], options: dict[str, Any] | None
) -> None:
    path = "/v1/chat/completions"
    answer = httpx.post(
        service.url + path,
        json=asking("Hello", stream=True, stream_options=options),
        timeout=SECONDS,
        trust_env=False,
    )
    *events, last = frames(answer.content.replace(b"[DONE]", b'"[DONE]"'))
    assert last == "[DONE]"
    content = described["paths"][path]["post"]["responses"]["200"]["content"]
    shape = accepts(described, content["text/event-stream"]["x-itemSchema"])
    for event in events:
        shape.validate(event)
    alone = options == {"include_usage": True}
    assert [bool(e["choices"]) for e in events if e.get("usage")] == [not alone]


def test_a_chunk_of_usage_says_only_what_is_known() -> None:
    writer, repair = OpenAIWriter("req_1", usage_apart=True), Repair("m")
    for payload in (
        b'{"created":1,"model":"m","choices":[{"index":0,"delta":{"content":"a"}}]}',
        b'{"created":1,"model":"m","usage":{"prompt_tokens":1,"completion_tokens":1}}',
    ):
        batch, mended = Batch(), repair.mend(payload, None)
        assert mended
        batch.payloads.append(mended[0])
        batch.events.append(mended[1])
        writer.frames(batch)
    *_, chunk = frames(writer.done().replace(b"[DONE]", b"null"))[:-1]
    assert set(chunk) == {"created", "model", "object", "choices", "usage"}
