import re
import shlex
import subprocess
from html import unescape
from typing import Any

import httpx
import msgspec
import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.admin.request.conversation import MOST_MESSAGES, messages_up_to
from chat.admin.request.curl import curl
from chat.admin.request.markdown import rendered
from chat.admin.request.message import said
from chat.admin.request.timeline import timeline
from chat.models import RequestLog
from chat.tests import rows

PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


def page(browser: httpx.Client, request: RequestLog) -> str:
    response = browser.get(f"/admin/chat/requestlog/{request.pk}/change/")
    assert response.status_code == 200
    return response.text


def spoken(*messages: dict[str, Any], **fields: Any) -> RequestLog:
    request = rows.row()
    rows.text(request, list(messages), **fields)
    return request


def test_the_conversation_reads_as_one(operator: httpx.Client) -> None:
    answer = {"role": "assistant", "content": "**Fine**, and you?"}
    request = spoken(
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "How are you?"},
        answer=answer,
        reasoning="A greeting.",
    )
    text = page(operator, request)
    order = ["A greeting.", "<strong>Fine</strong>", "Be kind.", "How are you?"]
    places = [text.index(words, text.index('class="conversation"')) for words in order]
    assert places == sorted(places)
    assert "Earlier in the conversation" not in text
    assert '<details class="reasoning">' in text


def test_the_answer_is_first_and_earlier_turns_are_folded(
    operator: httpx.Client,
) -> None:
    text = page(operator, rows.conversation(3)[2]).partition('class="conversation"')[2]
    order = ["Answer 3", "What was asked", "Question 3", '<details class="earlier">']
    order += ["4 messages", "Question 1", "Answer 1", "Question 2", "Answer 2"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_a_page_leads_on_in_the_list_it_was_opened_from(
    operator: httpx.Client,
) -> None:
    made = [rows.row(model=f"glm-4.{5 + n % 2}").pk for n in range(6)]
    path = "/admin/chat/requestlog/"
    listed = operator.get(path, params={"model": "glm-4.5"}).text
    links = re.findall(r'href="(/admin/chat/requestlog/req_\w+/change/[^"]*)"', listed)
    opened = next(unescape(link) for link in links if quote(made[2]) in link)
    text = operator.get(opened).text
    newer, older = neighbours(text)
    assert (quote(made[4]) in newer, quote(made[0]) in older) == (True, True)
    assert 'href="/admin/chat/requestlog/?model=glm-4.5"' in text
    assert neighbours(operator.get(older).text) == (opened, "")
    plain = page(operator, RequestLog.objects.get(pk=made[2]))
    newer, older = neighbours(plain)
    assert (quote(made[3]) in newer, quote(made[1]) in older) == (True, True)


def test_a_list_that_cannot_be_read_leads_on_as_far_as_it_can(
    operator: httpx.Client,
) -> None:
    made = [rows.row() for _ in range(3)]
    path = f"/admin/chat/requestlog/{made[1].pk}/change/"
    query = {"_changelist_filters": "period=soon&events__gte=9e99&before=x"}
    newer, older = neighbours(operator.get(path, params=query).text)
    assert quote(made[2].pk) in newer and quote(made[0].pk) in older


def neighbours(text: str) -> tuple[str, str]:
    part = text.partition('class="neighbours"')[2].partition("</nav>")[0]
    found = [
        re.search(rf'href="([^"]+)" rel="{rel}"', part) for rel in ("prev", "next")
    ]
    newer, older = (unescape(one[1]) if one else "" for one in found)
    return newer, older


def test_tools_are_readable(operator: httpx.Client) -> None:
    call = {"id": "call_1", "type": "function"}
    call |= {"function": {"name": "get_weather", "arguments": '{"city":"Köln"}'}}  # type: ignore[dict-item]
    text = page(
        operator,
        spoken(
            rows.HELLO,
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": '{"sky":"grey"}'},
        ),
    )
    assert "calls get_weather" in text
    assert "{\n  &quot;city&quot;: &quot;Köln&quot;\n}" in text
    assert "{\n  &quot;sky&quot;: &quot;grey&quot;\n}" in text


def test_embedded_images_are_shown_and_others_are_links(
    operator: httpx.Client,
) -> None:
    urls = [PIXEL, "https://example.com/cat.png", "data:image/svg+xml;base64,AAAA"]
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    text = page(operator, spoken({"role": "user", "content": parts}))
    assert re.findall(r'<img class="embedded" src="([^"]+)"', text) == [PIXEL]
    assert '<a href="https://example.com/cat.png"' in text
    assert 'src="https://example.com' not in text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://example.com/pixel.gif)",
        "![x](javascript:alert(1))",
        '![x](https://example.com/a"onerror="alert(1))',
        "<svg onload=alert(1)>",
        '```html"onclick=x\n<script>\n```',
        "| <iframe src=//x> |\n|---|\n| <style>*{}</style> |",
    ],
)
def test_hostile_text_stays_text(text: str) -> None:
    html = str(rendered(text))
    tags = re.findall(r"<\w[^>]*>", html)
    for tag in tags:
        assert re.fullmatch(
            r"<(p|pre|code|table|thead|tbody|tr|th|td)>"
            r'|<code class="[^"]*">|<a href="https://[^"<>]*" rel="[a-z ]+">',
            tag,
        ), tag


def test_markdown_is_rendered() -> None:
    html = str(rendered(f"# A\n\n- **b** ~~c~~\n\n|d|\n|-|\n|e|\n\n![f]({PIXEL})"))
    for tag in ("<h1>A", "<strong>b", "<s>c", "<td>e", f'<img src="{PIXEL}" alt="f"'):
        assert tag in html


def test_what_browsers_hang_on_is_shown_as_it_is(operator: httpx.Client) -> None:
    request = spoken({"role": "user", "content": "<b>" + "A" * 200_000})
    assert '<div class="plain" dir="auto" tabindex="0">&lt;b&gt;AAAA' in page(
        operator, request
    )


@pytest.mark.parametrize(
    "body",
    [
        "just text",
        None,
        7,
        {"role": "user"},
        {"content": [None, 3, {"type": "text"}, {"type": "image_url"}, {"a": 1}]},
        {"content": {"parts": []}},
        {"tool_calls": [None, {}, {"function": {"arguments": "{cut"}}]},
        {"tool_calls": {"not": "a list"}},
    ],
    ids=str,
)
def test_any_shape_can_be_looked_at(body: Any) -> None:
    assert said("user", body).role == "user"


def test_an_open_request_is_still_running(operator: httpx.Client) -> None:
    text = page(operator, rows.open_row())
    assert "Still running" in text
    assert "<svg role" not in text
    assert "$0" not in text


def test_text_that_is_not_kept_is_said_to_be_gone(operator: httpx.Client) -> None:
    text = page(operator, rows.row())
    assert "No text: it was not stored." in text
    assert "curl" not in text


def test_an_error_is_told(operator: httpx.Client) -> None:
    failed = rows.row(ending="failed", error_code="oops", error_message="<Broke off>")
    text = page(operator, failed)
    assert "oops" in text and "&lt;Broke off&gt;" in text


def test_how_it_ended_and_whose_that_is_are_told(operator: httpx.Client) -> None:
    request = rows.row(
        error_status=502, answer="broken_off", whose="zai", repaired_names="look<b>"
    )
    text = page(operator, request)
    for told in ("502", "broke off", "Whose fault", "look&lt;b&gt;"):
        assert told in text


def test_the_timeline_has_its_phases() -> None:
    times = {"first_event_ms": 490, "first_sign_ms": 500, "first_word_ms": 1000}
    picture = timeline(RequestLog(**times, duration_ms=4000))
    assert picture
    found = [(phase.kind, phase.x, phase.width) for phase in picture.phases]
    assert found == [
        ("waiting", "0.00%", "12.50%"),
        ("thinking", "12.50%", "12.50%"),
        ("streaming", "25.00%", "75.00%"),
    ]
    assert [mark.name for mark in picture.marks] == [
        *("asked", "first event 490 ms", "first sign of life 500 ms"),
        *("first word 1 s", "end 4 s"),
    ]


def test_the_timeline_has_the_queue_and_each_try_and_the_waits_between() -> None:
    attempts = [
        {"start": 1000, "end": 1300, "code": "1302", "queued": 900},
        {"start": 2300, "end": 2400, "code": "upstream_failed"},
        {"start": 4400, "end": 5000, "queued": 500},
    ]
    picture = timeline(
        RequestLog(
            attempts=msgspec.json.encode(attempts).decode(),
            first_event_ms=5000,
            first_sign_ms=5000,
            first_word_ms=8000,
            duration_ms=10_000,
        )
    )
    assert picture
    assert [(phase.name, phase.start_ms, phase.end_ms) for phase in picture.phases] == [
        ("before Z.AI was asked", 0, 100),
        ("in the queue", 100, 1000),
        ("try 1: 1302", 1000, 1300),
        ("before the next try", 1300, 2300),
        ("try 2: upstream_failed", 2300, 2400),
        ("before the next try", 2400, 3900),
        ("in the queue", 3900, 4400),
        ("waiting for Z.AI", 4400, 5000),
        ("thinking", 5000, 8000),
        ("answering", 8000, 10_000),
    ]


def test_a_timeline_that_cannot_be_read_is_shown_without_tries() -> None:
    picture = timeline(RequestLog(attempts="[{]", duration_ms=900))
    assert picture and [phase.kind for phase in picture.phases] == ["waiting"]


@pytest.mark.parametrize(
    ("times", "phases"),
    [
        ({"duration_ms": 900}, ["waiting"]),
        ({"duration_ms": 0}, []),
        ({"duration_ms": 900, "first_event_ms": 100}, ["waiting", "streaming"]),
        ({"duration_ms": 9, "first_event_ms": 0, "first_word_ms": 0}, ["streaming"]),
        ({"duration_ms": 9, "first_sign_ms": 0, "first_word_ms": 0}, ["streaming"]),
        ({"duration_ms": 9, "first_sign_ms": 2}, ["waiting", "thinking"]),
        ({"duration_ms": 9, "attempts": '[{"start":0}]'}, ["waiting"]),
        (
            {"duration_ms": 9, "attempts": '[{"start":0,"end":8,"code":"1113"}]'},
            ["failing"],
        ),
    ],
)
def test_the_timeline_shows_only_what_was_measured(
    times: dict[str, int], phases: list[str]
) -> None:
    picture = timeline(RequestLog(**times))
    assert picture and [phase.kind for phase in picture.phases] == phases


def test_curl_asks_the_same_again(operator: httpx.Client, url: str) -> None:
    message = {"role": "user", "content": 'It\'s `$HOME` "quoted"\n\\ <&>'}
    text = page(operator, spoken(message))
    found = re.search(r'<pre tabindex="0" id="curl">(.*?)</pre>', text, re.DOTALL)
    assert found
    words = shlex.split(unescape(found[1]).replace("\\\n", ""))
    assert words[:3] == ["curl", "-N", f"{url}/api/chat"]
    body = msgspec.json.decode(words[words.index("-d") + 1])
    assert body["messages"] == [message]
    assert (body["model"], body["temperature"]) == ("glm-4.6", 0.7)


def test_a_long_curl_goes_through_standard_input() -> None:
    body = {"messages": ["it's $HOME `x` " * 10_000]}
    command = curl("http://x/", msgspec.json.encode(body).decode()).replace(
        "curl -N http://x/", "cat #", 1
    )
    command = command.replace("cat #", "cat", 1).replace(
        " -H 'Content-Type: application/json' --data-binary @-", ""
    )
    done = subprocess.run(["sh"], input=command.encode(), capture_output=True)
    assert msgspec.json.decode(done.stdout) == body


def test_its_conversation_leads_back_and_on(operator: httpx.Client) -> None:
    made = rows.conversation(5)
    again = rows.row(question="once more")
    rows.text(again, [m.body for m in messages_up_to(made[2].text.prompt_id)])
    text = page(operator, made[2])
    for name, turns in {
        "Earlier": made[:2],
        "The same, asked again": [again],
        "Later": made[3:],
    }.items():
        found = text.partition(f"<h3>{name}</h3>")[2].partition("</ol>")[0]
        assert re.findall(r"requestlog/(\w+)/change", found) == [t.pk for t in turns]


@pytest.mark.django_db
def test_a_long_conversation_takes_as_many_queries_as_a_short_one() -> None:
    from django.contrib.auth import get_user_model

    client = Client()
    client.force_login(get_user_model().objects.create_superuser("ada"))

    def queries(turns: int) -> int:
        messages = [{"role": "user", "content": f"{turns}/{n}"} for n in range(turns)]
        path = f"/admin/chat/requestlog/{spoken(*messages).pk}/change/"
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    queries(1)  # the first look also warms caches
    assert queries(2) == queries(300) <= 11


@pytest.mark.django_db
def test_the_end_of_a_very_long_conversation_is_shown() -> None:
    last = rows.chain(*({"role": "user", "content": str(n)} for n in range(250)))
    assert last
    messages = messages_up_to(last.pk)
    assert len(messages) == MOST_MESSAGES
    assert [m.body["content"] for m in messages[:2]] == ["50", "51"]


@pytest.mark.parametrize("identity", ["nothing", "_00", "a_2Fb", "%00"])
def test_a_request_that_is_not_there_leads_back(
    operator: httpx.Client, identity: str
) -> None:
    response = operator.get(f"/admin/chat/requestlog/{identity}/change/")
    assert response.status_code == 302
