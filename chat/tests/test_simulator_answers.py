"""The simulator's answers fit what was asked."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chat.simulator import tokens, topics
from chat.simulator.schema import arguments_for

from .test_simulator import WEATHER, Caller, calling, said

pytestmark = pytest.mark.once

BASE_DIR = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def z() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Hi there!", "👋"),
        ("Write some Python", "```python"),
        ("A React hook, please", "```typescript"),
        ("A query in SQL", "```sql"),
        ("Compare them in a table", "| ---"),
        ("Give me a checklist", "1. "),
        ("A poem about rain", "\n"),
        ("Translate this", "בוקר טוב"),
        ("你会说中文吗？", "您好"),
        ("كيف حالك", "اليسار"),
        ("आप कैसे हैं", "नमस्ते"),
        ("What is 12 / 5?", "**2.4**"),
        ("1 / 0", "no result"),
        ("Write a poem about the sea", "**What the Sea Keeps**"),
        ("Compare the planets in a table", "| Neptune |"),
        ("What planets are there?", "| Neptune |"),
        ("SQLite or PostgreSQL? Compare them in a table", "| Good for |"),
        ("Write a Python function that counts the words of a text", "Counter"),
        ("Explain how a streamed answer reaches the browser", "text/event-stream"),
        ("写一首关于大海的诗", "**海留下的**"),
        ("用表格比较各个行星", "| 海王星 |"),
        ("写一个统计文本词数的 Python 函数", "count_words"),
        ("解释流式回答是怎样到达浏览器的", "总时间没有变"),
    ],
)
def test_an_answer_fits_the_question(question: str, found: str) -> None:
    answer = topics.sample_for(question)
    assert found in answer
    assert "simulator" not in answer or "👋" in answer


@pytest.mark.parametrize("question", ["Who was Ada?", "Why is it blue?", "ok " * 99])
def test_what_it_does_not_know_gets_two_honest_lines(question: str) -> None:
    first, between, second = topics.sample_for(question).splitlines()
    assert first.startswith("No model is behind this answer")
    assert question.split()[0] in first and len(first) < 300
    assert between == ""
    assert "sim:help" in second


@pytest.mark.parametrize(
    "question",
    [
        "A poem about cats",
        "Compare tea and coffee in a table",
        "Write a function in Rust that sorts a list",
    ],
)
def test_a_sample_that_is_about_something_else_says_so(question: str) -> None:
    assert "not about what you asked" in topics.sample_for(question)


@pytest.mark.parametrize("question", ["写一首关于猫的诗", "用表格比较茶和咖啡"])
def test_it_says_so_in_chinese_too(question: str) -> None:
    assert topics.sample_for(question).startswith("_模拟器只有这个示例")


def test_the_starters_of_the_page_in_chinese_are_answered_in_chinese() -> None:
    page = (BASE_DIR / "chat/templates/chat/page.html").read_text()
    words = (BASE_DIR / "chat/static/chat/page/words_zh.js").read_text()
    asked = re.findall(r'data-ask="(.*?)"', page)
    assert len(asked) == 4
    for english in asked:
        [chinese] = re.findall(rf'^  "{english}": "(.*)",$', words, re.M)
        answer = topics.sample_for(chinese)
        assert re.match(r"\W*[\u4e00-\u9fff]", answer), chinese
        assert "模拟器" not in answer, chinese


@pytest.mark.parametrize(
    ("model", "asked", "shorter_than"),
    [
        ("glm-5.3", "low", "high"),
        ("glm-5.3", "high", "max"),
        ("glm-5.2", "low", "xhigh"),
    ],
)
def test_more_effort_is_more_thoughts(
    z: Caller, model: str, asked: str, shorter_than: str
) -> None:
    def thought(effort: str) -> int:
        usage = z.ask("Why?", model=model, reasoning_effort=effort).json()["usage"]
        return int(usage["completion_tokens_details"]["reasoning_tokens"])

    assert 0 < thought(asked) < thought(shorter_than)


def test_without_a_word_on_effort_it_thinks_its_most(z: Caller) -> None:
    unasked = z.message("Why?", model="glm-5.3")["reasoning_content"]
    most = z.message("Why?", model="glm-5.3", reasoning_effort="max")
    assert unasked == most["reasoning_content"]


def test_thoughts_eat_what_an_answer_may_have(z: Caller) -> None:
    answer = z.ask("Why?", model="glm-5.3", max_tokens=2048).json()
    choice = answer["choices"][0]
    assert choice["finish_reason"] == "length"
    assert choice["message"]["content"] == ""
    details = answer["usage"]["completion_tokens_details"]
    assert details["reasoning_tokens"] == answer["usage"]["completion_tokens"] == 2048


def test_every_sample_can_be_read() -> None:
    named = [name for _, names in topics._TOPICS for name in names]

    assert all(topics.sample(name) for name in named)


def test_the_same_question_has_the_same_answer(z: Caller) -> None:
    first, second = (z.message("Tell me about whales")["content"] for _ in range(2))

    assert first == second


@pytest.mark.parametrize(
    "text", ["one two", "你好，世界", "🧑🏽‍💻 ok", "a\n\n  b\u2028c", ""]
)
def test_pieces_put_together_are_the_text(text: str) -> None:
    assert "".join(tokens.split(text)) == text


@pytest.mark.parametrize(("text", "count"), [("", 0), ("abcdefgh", 2), ("你好", 2)])
def test_tokens_are_counted(text: str, count: int) -> None:
    assert tokens.count(text) == count


def test_streamed_and_whole_answers_say_the_same(z: Caller) -> None:
    stream, whole = z.stream("Tell me a story"), z.message("Tell me a story")

    assert said(stream) == whole["content"]
    assert said(stream, "reasoning_content") == whole["reasoning_content"]


@pytest.mark.parametrize(
    "given",
    [
        {"thinking": {"type": "disabled"}},
        {"model": "glm-5.2", "reasoning_effort": "none"},
        {"model": "glm-4-32b-0414-128k"},
    ],
)
def test_thinking_can_be_off(z: Caller, given: dict[str, Any]) -> None:
    assert "reasoning_content" not in z.message(**given)


def test_max_tokens_ends_the_answer(z: Caller) -> None:
    answer = z.ask("Tell me a story", max_tokens=60).json()

    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 60


def test_a_stop_word_ends_the_answer(z: Caller) -> None:
    answer = z.ask("What is 6 * 7?", stop=["42"]).json()

    assert answer["choices"][0]["message"]["content"] == "6 * 7 = **"
    assert answer["choices"][0]["finish_reason"] == "stop"


def test_a_json_object_has_the_keys_named(z: Caller) -> None:
    content = z.message(
        'Give me "title", "year" and "tags"', response_format={"type": "json_object"}
    )["content"]

    assert list(msgspec.json.decode(content)) == ["title", "year", "tags"]


def test_a_search_brings_its_results_on_the_last_event(z: Caller) -> None:
    search = {"type": "web_search", "web_search": {"enable": True, "count": 2}}

    *before, final = z.stream("News of whales", tools=[search])

    assert [result["refer"] for result in final["web_search"]] == ["ref_1", "ref_2"]
    assert not any("web_search" in event for event in before)


def test_a_tools_result_is_told(z: Caller) -> None:
    call = {"id": "call_1", "type": "function"}
    call["function"] = {"name": "weather", "arguments": "{}"}
    messages = [
        {"role": "user", "content": "What is the weather? sim:tools"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": '{"sky": "clear"}'},
    ]

    answer = z.ask(messages=messages, tools=[WEATHER]).json()["choices"][0]

    assert answer["finish_reason"] == "stop"
    assert "`weather`" in answer["message"]["content"]
    assert "- sky: **clear**" in answer["message"]["content"]


def test_tools_that_do_not_fit_are_not_called(z: Caller) -> None:
    assert "tool_calls" not in z.message("Tell me a joke", tools=[WEATHER])


def test_tools_are_called_at_the_word(z: Caller) -> None:
    other = {"type": "function", "function": {"name": "other"}}

    calls = z.message("sim:tools=2", tools=[WEATHER, other])["tool_calls"]

    names = [call["function"]["name"] for call in calls]
    assert names == ["weather", "other"]
    assert [call["index"] for call in calls] == [0, 1]


def test_a_later_question_knows_the_first(z: Caller) -> None:
    messages = [
        {"role": "user", "content": "I like whales"},
        {"role": "assistant", "content": "So do I"},
        {"role": "user", "content": "Do you?"},
    ]

    answer = z.ask(messages=messages).json()["choices"][0]["message"]["content"]

    assert "question 2" in answer
    assert "I like whales" in answer


def test_the_beginning_of_a_conversation_is_cached(z: Caller) -> None:
    def cached(*texts: str) -> int:
        messages = [{"role": "user", "content": text} for text in texts]
        usage = z.ask(messages=messages).json()["usage"]
        return int(usage["prompt_tokens_details"]["cached_tokens"])

    assert cached("A beginning") == 0
    assert 0 < cached("A beginning", "more") < cached("A beginning", "more", "and more")


def test_arguments_fit_their_schema() -> None:
    parameters = {
        "type": "object",
        "properties": {
            "a": {"type": "integer"},
            "b": {"type": "number", "maximum": 2},
            "unit": {"enum": ["metres", "feet"]},
            "day": {"type": "string", "format": "date"},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
            "to": {"$ref": "#/$defs/Person"},
            "sure": {"type": ["boolean", "null"]},
            "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "left_out": {"type": "string"},
        },
        "required": ["a", "b", "unit", "day", "tags", "to", "sure", "maybe"],
        "$defs": {
            "Person": {
                "type": "object",
                "properties": {"email": {"type": "string"}},
            }
        },
    }

    made = arguments_for({"name": "f", "parameters": parameters}, "5 or 7 feet?")

    assert made["a"] == 5
    assert made["b"] == 2.0
    assert made["unit"] == "feet"
    assert len(made["day"]) == len("2026-01-01")
    assert len(made["tags"]) == 2
    assert made["to"] == {"email": "ada@example.com"}
    assert made["sure"] is True
    assert "left_out" not in made


@pytest.mark.parametrize(
    "parameters", [None, {}, {"$ref": "#"}, {"type": "object", "properties": {}}, []]
)
def test_a_schema_that_says_nothing_gives_nothing(parameters: Any) -> None:
    assert arguments_for({"name": "f", "parameters": parameters}, "Hello") == {}


def test_a_schema_that_refers_to_itself_ends() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#"}}}

    assert "next" in arguments_for({"name": "f", "parameters": node}, "Hello")


def test_without_tools_none_are_called(z: Caller) -> None:
    assert "no tools" in z.message("sim:tools")["content"]
