"""Answers of a given shape: `text.format`, and `parse` of OpenAI's client."""

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from chat.tests.openai_responses.asking import MODEL, Asking, text_of
from chat.tests.openai_responses.order import check

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "Plan two days in Rome"
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["title", "days"],
}


class Plan(BaseModel):
    title: str
    days: int
    stops: list[str]


def test_parse_gives_an_object(client: OpenAI) -> None:
    answer = client.responses.parse(
        model=MODEL, input=f"{QUESTION} sim:fenced", text_format=Plan
    )
    assert answer.output_parsed and answer.output_parsed.title == "Rome"


def test_the_object_is_parsed_from_a_stream(client: OpenAI) -> None:
    with client.responses.stream(
        model=MODEL, input=f"{QUESTION} sim:fenced", text_format=Plan
    ) as stream:
        answer = stream.get_final_response()
    assert answer.output_parsed and answer.output_parsed.title == "Rome"


def test_an_object_that_was_cut_off_is_none(client: OpenAI) -> None:
    answer = client.responses.create(
        model=MODEL,
        input=QUESTION,
        max_output_tokens=3,
        text={"format": {"type": "json_object"}},
    )
    assert answer.status == "incomplete"


@pytest.mark.parametrize("kind", ["json_object", "json_schema"])
def test_the_fence_around_json_is_taken_off(post: Asking, kind: str) -> None:
    form = {"type": kind}
    if kind == "json_schema":
        form |= {"name": "plan", "schema": SCHEMA, "strict": True}
    asked = {"text": {"format": form, "verbosity": "low"}}
    streamed = check(post.stream(f"{QUESTION} sim:fenced", **asked))
    whole = post(f"{QUESTION} sim:fenced", **asked).json()
    assert text_of(streamed) == text_of(whole)
    text = text_of(whole).strip()
    assert text.startswith("{") and text.endswith("}")
    assert whole["text"]["format"]["type"] == kind


def test_the_schema_goes_to_the_model_in_words(post: Asking) -> None:
    form = {"type": "json_schema", "name": "plan", "schema": SCHEMA}
    got = post.echo("sim:echo", instructions="A.", text={"format": form})
    system = [m["content"] for m in got["messages"] if m["role"] == "system"]
    assert system[0] == "A." and '"required":["title","days"]' in system[1]
    assert got["response_format"] == {"type": "json_object"}


def test_a_schema_without_an_end_is_refused(client: OpenAI) -> None:
    schema: dict[str, object] = {}
    for _ in range(70):
        schema = {"properties": {"a": schema}}
    with pytest.raises(openai.BadRequestError, match=r"text\.format\.schema"):
        client.responses.create(
            model=MODEL,
            input="Hello",
            text={"format": {"type": "json_schema", "name": "a", "schema": schema}},
        )
