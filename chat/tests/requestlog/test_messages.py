"""Conversations are stored once, however often they are sent."""

import json
from typing import Any

import httpx
import pytest

from chat.models import Message, RequestLog, RequestText
from chat.requestlog import chain
from chat.requestlog.chain import links
from chat.tests.frames import frames, text_of
from chat.tests.requestlog.closed_rows import closed, id_of
from chat.tests.requestlog.making import HELLO, closing, said, store
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for

TURNS = 40
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def send(service: Service, messages: list[Any], **body: Any) -> httpx.Response:
    response = service.send({"messages": messages, **body})
    assert response.status_code == 200
    closed(id_of(response))
    return response


@pytest.mark.parametrize("stream", [True, False])
def test_forty_turns_are_forty_questions_and_forty_answers(
    service: Service, stream: bool
) -> None:
    messages: list[Any] = []
    for turn in range(TURNS):
        messages.append({"role": "user", "content": f"Question {turn} sim:events=2"})
        response = send(service, messages, stream=stream)
        answer = (
            text_of(response.content)
            if stream
            else response.json()["choices"][0]["message"]["content"]
        )
        messages.append({"role": "assistant", "content": answer})
    assert RequestLog.objects.count() == TURNS
    assert Message.objects.count() == 2 * TURNS
    last = RequestText.objects.order_by("-created_at")[0]
    assert last.answer.predecessor == last.prompt
    found, step = [], last.answer
    while step:
        found.append({"role": step.role, "content": step.body["content"]})
        step = step.predecessor
    assert found[::-1] == messages


def test_regenerating_adds_only_answers(service: Service) -> None:
    for seed in range(3):
        send(service, HELLO, seed=seed, temperature=1)
    assert Message.objects.filter(role="user").count() == 1
    assert RequestText.objects.values("prompt").distinct().count() == 1


def test_tool_calls_that_come_back_are_recognised(service: Service) -> None:
    asked = [{"role": "user", "content": "sim:tools=1 Weather in Paris?"}]
    response = send(service, asked, tools=[TOOL])
    calls: list[dict[str, Any]] = []
    content = ""
    for frame in frames(response.content):
        for choice in frame.get("choices", ()):
            content += choice["delta"].get("content") or ""
            for part in choice["delta"].get("tool_calls") or ():
                if part.get("id"):
                    calls.append(json.loads(json.dumps(part)))
                else:
                    more = part["function"].get("arguments") or ""
                    calls[part["index"]]["function"]["arguments"] += more
    assert calls
    without_index = [{k: v for k, v in c.items() if k != "index"} for c in calls]
    for sent in (calls, without_index):
        back = {"role": "assistant", "content": content, "tool_calls": sent}
        result = {"role": "tool", "tool_call_id": calls[0]["id"], "content": "Rain"}
        send(service, [*asked, back, result], tools=[TOOL], temperature=0)
    assert Message.objects.filter(role="tool").count() == 1
    assert Message.objects.filter(body__has_key="tool_calls").count() == 1


def test_images_are_kept_once(service: Service) -> None:
    url = "data:image/png;base64,iVBORw0KGgo="
    image = {"type": "image_url", "image_url": {"url": url}}
    asked = {"role": "user", "content": [image, {"type": "text", "text": " Look  "}]}
    for _ in range(2):
        send(service, [asked], model="glm-4.6v")
    assert Message.objects.get(role="user").body == asked
    assert RequestLog.objects.first().question == "Look"


def test_what_was_said_until_it_broke_off_is_kept(service: Service) -> None:
    response = send(service, [{"role": "user", "content": "sim:cut=8"}])
    text = RequestText.objects.get()
    kept = text.answer.body["content"] if text.answer else ""
    assert kept == text_of(response.content)
    assert kept or text.reasoning


def test_reasoning_and_parameters_are_kept_with_the_text(settings: Any) -> None:
    event = (
        b'data: {"id":"1","created":1,"model":"m","choices":[{"index":0,'
        b'"finish_reason":"stop","delta":{"reasoning_content":"Hm","content":"Hi"}}],'
        b'"web_search":[{"title":"T"}]}\n\ndata: [DONE]\n\n'
    )
    with scripted(answering(event)) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            send(service, HELLO, stop=["end"], thinking={"type": "enabled", "x": "y z"})
    text = RequestText.objects.get()
    assert (text.reasoning, text.answer.body["content"]) == ("Hm", "Hi")
    assert text.extra["web_search"] == [{"title": "T"}]
    assert text.extra["parameters"]["stop"] == ["end"]
    assert text.request.parameters["thinking"] == {"type": "enabled"}


@pytest.mark.django_db(transaction=True)
def test_a_branch_shares_its_trunk() -> None:
    trunk = [*HELLO, {"role": "assistant", "content": "Hi"}]
    keeper = store()
    for question in ("This", "That"):
        asked = [*trunk, {"role": "user", "content": question}]
        keeper.write([closing(said(asked, "Yes"))])
    assert Message.objects.count() == 2 + 2 * 2
    # The same words after other words are another message.
    assert Message.objects.filter(body__content="Yes").count() == 2


def test_the_hash_looks_at_what_tells() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    plain = {"role": "assistant", "content": "", "tool_calls": [call]}
    sent_back = {
        "tool_calls": [{**call, "index": 0}],
        "content": "",
        "reasoning_content": "Hm",
        "role": "assistant",
    }
    assert links([plain]) == links([sent_back])
    other = {**call, "function": {"name": "g", "arguments": ""}}
    assert links([plain]) != links([{**plain, "tool_calls": [other]}])
    assert links([*HELLO, plain])[-1].id != links([plain])[-1].id
    assert chain.without_nul(b'"\\\\u0000"') == b'"\\\\u0000"'
