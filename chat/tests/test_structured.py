"""Answers of a given shape at `/v1`: `json_schema` for models that know none."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
import openai
import pytest
from langchain_openai import ChatOpenAI
from openai import OpenAI
from pydantic import BaseModel

from chat.protocols.fences import remove_fence
from chat.protocols.structured import DEEPEST_SCHEMA, MOST_SCHEMA_BYTES
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for
from chat.tests.test_openai import (
    MODEL,
    client_of,
    langchain,
    make_langchain,
    post,
    said,
    streamed,
)

__all__ = ["langchain", "make_langchain"]

QUESTION = "Plan two days in Rome"


class Stop(BaseModel):
    city: str
    kind: Literal["museum", "meal"]


class Plan(BaseModel):
    """A plan of a journey."""

    title: str
    days: int
    stops: list[Stop]
    price: float | None


@pytest.fixture
def client(service: Service) -> Iterator[OpenAI]:
    with client_of(service) as made:
        yield made


def json_schema(schema: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"schema": schema, **fields}}


def asking(text: str = QUESTION) -> Any:
    return {"model": MODEL, "messages": said(text), "response_format": Plan}


# The clients


@pytest.mark.parametrize("scenario", ["", "sim:fenced"])
def test_parse_of_openais_client(client: OpenAI, scenario: str) -> None:
    [choice] = client.chat.completions.parse(**asking(f"{QUESTION} {scenario}")).choices
    plan = choice.message.parsed
    assert plan and plan.title == "Rome"
    assert choice.message.content.strip() == plan.model_dump_json()


@pytest.mark.parametrize("scenario", ["", "sim:fenced"])
def test_the_stream_helper_parses_as_it_goes(client: OpenAI, scenario: str) -> None:
    whole = client.chat.completions.parse(**asking()).choices[0].message.parsed
    with client.chat.completions.stream(**asking(f"{QUESTION} {scenario}")) as stream:
        seen = [event.parsed for event in stream if event.type == "content.delta"]
        message = stream.get_final_completion().choices[0].message
    assert message.parsed == whole
    assert message.role == "assistant"
    assert seen[-1] == whole.model_dump()
    assert len(seen) > 5


def test_langchains_default(langchain: ChatOpenAI) -> None:
    plan = langchain.with_structured_output(Plan).invoke(f"{QUESTION} sim:fenced")
    assert isinstance(plan, Plan)
    assert plan.title == "Rome"


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # of its own events
@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_each_method_of_langchain(langchain: ChatOpenAI, method: Any) -> None:
    made = langchain.with_structured_output(Plan, method=method)
    whole, parts = made.invoke(QUESTION), list(made.stream(QUESTION))
    assert isinstance(whole, Plan)
    assert parts[-1] == whole


def test_a_dictionary_for_langchain(langchain: ChatOpenAI) -> None:
    schema = {"title": "plan", "description": "A plan", **Plan.model_json_schema()}
    plan = langchain.with_structured_output(schema, strict=True).invoke(QUESTION)
    assert Plan.model_validate(plan)


# What goes to Z.AI


def echo(service: Service, **asked: Any) -> Any:
    """What Z.AI got: as JSON is asked for, the echo comes without a fence."""
    response = post(service, **{"messages": said("sim:echo"), **asked})
    content = response.json()["choices"][0]["message"]["content"]
    return msgspec.json.decode(remove_fence(content))


def told(service: Service, response_format: Any, **asked: Any) -> tuple[Any, str]:
    """What Z.AI got, and what it was told of the schema."""
    got = echo(service, response_format=response_format, **asked)
    [told] = [m for m in got["messages"] if "JSON object" in str(m["content"])]
    assert told["role"] == "system"
    return got, told["content"]


def test_the_model_is_told_the_schema_and_zai_json_object(service: Service) -> None:
    schema = {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:1/x"}}}
    asked = json_schema(schema, name="a_name", description="What it is.", strict=True)
    got, words = told(service, asked)
    assert got["response_format"] == {"type": "json_object"}
    assert words.endswith(msgspec.json.encode(schema).decode())
    assert "a_name" in words and "What it is." in words


def test_it_stands_behind_the_system_messages(service: Service, settings: Any) -> None:
    settings.CHAT_SYSTEM_PROMPT = "Be kind."
    got, words = told(service, json_schema({}))
    assert [m["content"] for m in got["messages"]] == ["Be kind.", words, "sim:echo"]

    messages = [
        {"role": "developer", "content": "One."},
        {"role": "system", "content": "Two."},
        *said("sim:echo"),
    ]
    got, words = told(service, json_schema({}), messages=messages)
    contents = [m["content"] for m in got["messages"]]
    assert contents == ["One.", "Two.", words, "sim:echo"]


def test_without_a_schema_it_is_a_json_object(service: Service) -> None:
    got, words = told(service, {"type": "json_schema", "json_schema": {"name": "a"}})
    assert got["response_format"] == {"type": "json_object"}
    assert "JSON Schema" not in words


@pytest.mark.parametrize("kind", ["text", "json_object"])
def test_a_schema_beside_another_type_says_nothing(service: Service, kind: str) -> None:
    asked = {**json_schema({"type": "object"}), "type": kind}
    got = echo(service, response_format=asked)
    assert got["response_format"] == {"type": kind}
    assert len(got["messages"]) == 1


def nested(levels: int) -> Any:
    schema: Any = {}
    for _ in range(levels - 1):
        schema = {"items": schema}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        {"description": "x" * (MOST_SCHEMA_BYTES - 18)},
        nested(DEEPEST_SCHEMA),
        {"pattern": "(a+)+$", "default": "a" * 50 + "!"},
        {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}},
        {"x": 10**400},
    ],
    ids=["largest", "deepest", "pattern", "circle", "number"],
)
def test_what_a_schema_says_is_not_looked_into(service: Service, schema: Any) -> None:
    response = post(service, response_format=json_schema(schema))
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("asked", "param", "sentence"),
    [
        ({"type": "json_schema"}, ".json_schema", "the field is required."),
        (json_schema([]), ".json_schema.schema", "expected an object."),
        (json_schema(True), ".json_schema.schema", "expected an object."),
        (
            {**json_schema([]), "type": "text"},
            ".json_schema.schema",
            "expected an object.",
        ),
        (
            json_schema({"description": "x" * MOST_SCHEMA_BYTES}),
            ".json_schema.schema",
            "at most 131072 bytes are allowed.",
        ),
        (
            json_schema(nested(DEEPEST_SCHEMA + 1)),
            ".json_schema.schema",
            "at most 64 levels are allowed.",
        ),
        (json_schema({}, name="x" * 201), ".json_schema.name", "expected"),
        ({"type": "grammar"}, ".type", "expected one of json_object, json_schema,"),
    ],
)
def test_what_cannot_be_is_refused(
    service: Service, asked: Any, param: str, sentence: str
) -> None:
    response = post(service, response_format=asked)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, f"response_format{param}")
    assert error["message"].startswith(f"response_format{param}: {sentence}")
    assert "xxx" not in error["message"]


# What comes from Z.AI

HEAD = '{"id":"a","created":1,"object":"chat.completion.chunk","model":"m",'
DELTA = HEAD + '"choices":[{"index":0,"delta":{"role":"assistant",%s}}]}'
END = HEAD + '"choices":[{"index":0,"finish_reason":"%s","delta":{}}]}'


def played(settings: Any, *pieces: str, **asked: Any) -> list[Any]:
    """What a caller who wants JSON gets of an answer in these pieces."""
    said = [DELTA % f'"content":{msgspec.json.encode(p).decode()}' for p in pieces]
    events = [DELTA % '"reasoning_content":"```json"', *said, END % "stop"]
    frames = [f"data: {event}\n\n".encode() for event in (*events, "[DONE]")]
    asked = {"response_format": {"type": "json_object"}, **asked}
    with scripted(answering(*frames)) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            *chunks, done = streamed(service, **asked)
    assert done == b"[DONE]"
    return [msgspec.json.decode(chunk) for chunk in chunks]


def words(chunks: list[Any]) -> list[str]:
    deltas = (chunk["choices"][0]["delta"] for chunk in chunks)
    return [delta["content"] for delta in deltas if delta.get("content")]


def test_a_fence_is_taken_off_a_stream(settings: Any) -> None:
    chunks = played(settings, "``", "`json\n{", '"a":"``', '`"', "}\n`", "``", "\n")
    assert words(chunks) == ["{", '"a":"', '```"', "}\n"]
    first, *_, last = (chunk["choices"][0] for chunk in chunks)
    assert first["delta"] == {"role": "assistant", "reasoning_content": "```json"}
    assert last["finish_reason"] == "stop"
    assert all(chunk["choices"][0]["delta"] for chunk in chunks[:-1])


def test_what_was_held_back_and_is_no_fence_comes_in_the_end(settings: Any) -> None:
    chunks = played(settings, "```json\n{", '"a": 1', "}", "``")
    assert words(chunks) == ["{", '"a": 1', "}", "``"]
    assert [c["choices"][0].get("finish_reason") for c in chunks][-2:] == [None, "stop"]


def test_words_without_a_fence_go_on_as_they_came(settings: Any) -> None:
    assert words(played(settings, "\n", "{", "```", "}", "```")) == [
        "\n{",
        "```",
        "}",
        "```",
    ]


def test_who_did_not_ask_for_json_gets_the_fence(settings: Any) -> None:
    chunks = played(settings, "```json\n{", "}\n```", response_format=None)
    assert words(chunks) == ["```json\n{", "}\n```"]


def test_what_was_held_back_comes_before_an_error(settings: Any) -> None:
    frames = [DELTA % '"content":"```json\\n{}``"', END % "network_error"]
    events = [f"data: {event}\n\n".encode() for event in frames]
    with scripted(answering(*events)) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            asked = {"response_format": {"type": "json_object"}}
            *chunks, error = map(msgspec.json.decode, streamed(service, **asked))
    assert words(chunks) == ["{}", "``"]
    assert "error" in error


@pytest.mark.parametrize(
    ("scenario", "raised"),
    [
        ("sim:unicode", ValueError),
        ("sim:length", openai.LengthFinishReasonError),
        ("sim:sensitive", openai.ContentFilterFinishReasonError),
    ],
)
def test_what_does_not_fit_is_for_the_client_to_see(
    client: OpenAI, scenario: str, raised: type[Exception]
) -> None:
    with pytest.raises(raised):
        client.chat.completions.parse(**asking(scenario))
