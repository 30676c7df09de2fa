"""What the README and the pages of `docs/` say is true, where a test can tell."""

import json
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from django.core.management import get_commands
from django.urls import re_path

from chat import failures, views
from chat.ending import Ending
from chat.openapi import document
from chat.protocols import dialects
from chat.protocols.dialects import NATIVE
from chat.protocols.door import make_doors
from chat.simulator.scenarios import SCENARIOS
from chat.tests.frames import text_of
from chat.tests.openapi_validity import validate
from chat.tests.requestlog.closed_rows import only_row
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service
from chat.tests.test_env_example import EXAMPLE, variables
from chat.upstream.codes import MEANINGS, Retry

BASE_DIR = Path(__file__).resolve().parent.parent.parent
README = (BASE_DIR / "README.md").read_text()
PATHS = [BASE_DIR / "README.md", *sorted((BASE_DIR / "docs").glob("*.md"))]
PAGES = {path: path.read_text() for path in PATHS}
ALL = "\n".join(PAGES.values())
MOST_LINES = 250
MAKEFILE = (BASE_DIR / "Makefile").read_text()


def section(title: str) -> str:
    """The text under a heading of `docs/`, up to the next one of any level.

    That of a page goes before that of a part of another.
    """
    heading = re.compile(rf"^(#+) {title}\n(.*?)(?=^#+ |\Z)", re.M | re.S)
    found = [match for path in PATHS[1:] for match in heading.findall(PAGES[path])]
    return min(found)[1]


def rows(title: str) -> list[list[str]]:
    """The rows of a section's table, as cells."""
    lines = re.findall(r"^\|(.*)\|$", section(title), re.M)
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


def names(title: str) -> list[str]:
    return [row[0].strip("`") for row in rows(title)]


def snippet(name: str) -> str:
    tested = rf"<!-- tested: {name} -->\n```\w+\n(.*?)```"
    [found] = set(re.findall(tested, ALL, re.S))
    return found


def test_the_readme_can_be_read() -> None:
    assert len(README.splitlines()) <= MOST_LINES


def test_every_page_is_in_the_index() -> None:
    index = PAGES[BASE_DIR / "docs" / "index.md"]
    linked = set(re.findall(r"\]\(([a-z]+\.md)\)", index))
    assert linked == {path.name for path in PATHS[1:]} - {"index.md"}


def test_the_table_has_every_setting_once_and_no_other():
    assert sorted(names("Settings")) == sorted(variables(EXAMPLE))


def test_the_readme_has_the_ten_that_matter_as_the_table_has_them():
    table = {name: default for name, default, _ in rows("Settings")}
    listed = re.findall(r"^\| `([A-Z_]+)` \| (.*?) ?\| ", README, re.M)
    assert len(listed) == 10
    for name, default in listed:
        assert default in (table[f"`{name}`"], "none"), name


def test_the_defaults_in_the_table_are_those_of_the_example():
    stated = variables(EXAMPLE.partition("Production example")[0])
    for name, default, _ in rows("Settings"):
        value = stated[name.strip("`")]
        if default.startswith("`") and "DEBUG" not in name + default + value:
            assert default in (f"`{value}`", "`0.0.0.0`"), name


def test_the_table_has_every_ending():
    assert names("How an exchange ends") == list(Ending)


def family(parent: type[failures.Failure]) -> Iterator[type[failures.Failure]]:
    yield parent
    for child in parent.__subclasses__():
        yield from family(child)


def test_the_table_has_every_error_of_ours_with_its_status():
    ours = {(f.code, f.status) for f in family(failures.Failure) if f.code}
    stated = {(row[1].strip("`"), int(row[0])) for row in rows("Errors")}
    assert {row for row in stated if re.fullmatch(r"[a-z_]+", row[0])} == ours


def test_the_table_has_every_code_of_zai():
    stated = {}
    for codes, becomes, again in rows("Z.AI's codes"):
        for first, last in re.findall(r"(\d+)(?:–(\d+))?", codes):
            for code in range(int(first), int(last or first) + 1):
                stated[str(code)] = (int(becomes[:3]), again == "yes")
    assert stated == {
        code: (means.status, means.retry is Retry.TRANSIENT)
        for code, means in MEANINGS.items()
    }


def test_every_word_for_the_simulator_exists():
    changelog = (BASE_DIR / "CHANGELOG.md").read_text()
    words = re.findall(r"sim:([a-z][a-z-]*)(?:=([\w@.:-]+))?", ALL + changelog)
    assert words
    for name, value in words:
        assert re.fullmatch(SCENARIOS[name].pattern, value or SCENARIOS[name].default)


def test_every_command_exists():
    commands = set(re.findall(r"manage\.py ([a-z]\w+)", ALL))
    assert commands <= set(get_commands())
    targets = {
        target
        for line in re.findall(
            r"\bmake((?: [a-z]+)+)(?=[ `]*(?:$|`|#|[A-Z]))", ALL, re.M
        )
        for target in line.split()
    }
    assert {"run", "test", "bench"} <= targets
    assert targets <= set(re.findall(r"^([a-z]+):", MAKEFILE, re.M))


def test_every_path_exists():
    for path, page in PAGES.items():
        for named in re.findall(r"\]\((?!http)([^)#]+)", page):
            assert (path.parent / named).exists(), (path.name, named)
    named = set(
        re.findall(r"`((?:chat|config|deploy|benchmarks|docs|examples)/[\w/.-]+)`", ALL)
    )
    # The reader makes these.
    named -= {"chat/tests/test_title.py", "chat/protocols/words.py"}
    assert "deploy/nginx.conf" in named
    assert [path for path in named if not (BASE_DIR / path).exists()] == []
    tree = section("Structure").partition("config/  ")[2].partition("deploy/")[0]
    for name in re.findall(r"^  ([a-z]+(?:\.py|/))", tree, re.M):
        assert (BASE_DIR / "chat" / name).exists(), name


def test_every_picture_is_shown() -> None:
    named = set(re.findall(r"screenshots/([\w-]+\.png)\)", ALL))
    assert named == {p.name for p in (BASE_DIR / "docs/screenshots").glob("*.png")}


def test_the_example_site_has_the_client():
    example = BASE_DIR / "examples/nextjs/lib/chat.js"
    assert example.read_text() == snippet("lib/chat.js")


def test_every_link_to_a_heading_has_one():
    for path, page in PAGES.items():
        for name, anchor in re.findall(r"\]\((?!http)([^)#]*)#([^)]+)\)", page):
            there = (path.parent / name).resolve() if name else path
            assert anchor in anchors(there.read_text()), (path.name, name, anchor)


def anchors(page):
    """Where a link may lead, as GitHub names it."""
    headings = re.findall(r"^#+ (.*)$", page, re.M)
    return {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}


PROGRAM = """
import { chat } from "./chat.mjs";

const [url, ...questions] = process.argv.slice(2);
for (const content of questions) {
  const heard = { text: "" };
  const messages = [{ role: "user", content }];
  try {
    for await (const event of chat({ messages }, { url })) {
      const { delta, finish_reason } = event.choices[0];
      heard.text += delta.content ?? "";
      if (finish_reason) heard.reason = finish_reason;
    }
  } catch (error) {
    heard.error = { ...error, message: error.message };
  }
  console.log(JSON.stringify(heard));
}
for await (const _ of chat(
  { messages: [{ role: "user", content: "sim:trickle=0.1" }] }, { url },
)) break;
"""


@pytest.fixture
def node(tmp_path: Path) -> Any:
    """Runs the README's client against the service; returns what it heard."""
    program = shutil.which("node")
    if not program:
        pytest.skip("the README's client needs node")
    (tmp_path / "chat.mjs").write_text(snippet("lib/chat.js"))
    (tmp_path / "program.mjs").write_text(PROGRAM)

    def ask(url: str, *questions: str) -> list[Any]:
        done = subprocess.run(
            [program, tmp_path / "program.mjs", f"{url}/api/chat", *questions],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.split("\n") if line]

    return ask


def test_the_client_hears_what_was_cut_off_or_thought_only(
    service: Service, node: Any
) -> None:
    cut, empty, filtered = node(service.url, "sim:length", "sim:empty", "sim:sensitive")
    assert (cut["reason"], bool(cut["text"])) == ("length", True)
    assert empty == {"text": "", "reason": "length"}
    assert filtered["reason"] == "sensitive"
    for _ in range(4):
        service.ended()


HALF = b'data: {"choices": [{"index": 0, "delta": {"content": "[DONE]"}}]}\n\n'
DONE = b'data: {"data": "[DONE]"}\n\n'


@pytest.mark.parametrize(
    "rest",
    [
        *(b"", b": keep-alive\n\n", DONE[:-1], DONE[:-2], b"data: {"),
        HALF.replace(b'"delta"', b'"finish_reason": "stop", "delta"'),
    ],
)
def test_the_client_takes_no_answer_without_its_end_for_whole(
    node: Any, rest: bytes
) -> None:
    with scripted(answering(HALF, rest), answering(HALF, DONE)) as url:
        [heard] = node(url, "Hello")
    assert heard["text"].startswith("[DONE]")
    assert heard["error"]["message"] == "The connection broke off."


def test_the_client_hears_answers_and_failures(service: Service, node: Any) -> None:
    expected = text_of(service.post("sim:unicode").content)
    service.ended()

    whole, refused, cut = node(
        service.url,
        "sim:unicode",
        "sim:error=1305 sim:retry-after=3600",
        "sim:cut=3 sim:events=9",
    )

    assert whole == {"text": expected, "reason": "stop"}
    assert (refused["error"]["code"], refused["error"]["status"]) == ("1305", 429)
    assert refused["error"]["retryAfter"] > 3000
    assert cut["text"]
    assert (cut["error"]["code"], cut["error"]["status"]) == ("upstream_failed", 502)
    assert cut["error"]["requestId"].startswith("req_")
    endings = [service.ended().ending for _ in range(4)]
    assert endings[0] == "completed"
    # Who was refused may ask again before its request is over.
    assert set(endings[1:3]) == {"upstream_rejected", "upstream_failed"}
    assert endings[3] == "stopped"  # the program left its last answer


def test_the_example_of_an_endpoint_works(
    service: Service, zai: Any, settings: Any
) -> None:
    namespace = {**vars(views), "NATIVE": NATIVE}
    exec(snippet("title"), namespace)
    urls = ModuleType("readme_urls")
    urls.urlpatterns = [  # type: ignore[attr-defined]
        re_path(r"^api/title/?$", namespace["title"])
    ]
    sys.modules[urls.__name__] = urls
    settings.ROOT_URLCONF = urls.__name__

    def ask() -> httpx.Response:
        messages = [{"role": "user", "content": "How do I boil an egg?"}]
        url = f"{service.url}/api/title"
        return httpx.post(url, json={"messages": messages}, trust_env=False)

    assert ask().json()["choices"][0]["message"]["content"]
    assert service.ended().ending == "completed"
    row = only_row()
    assert (row.path, row.dialect, row.answer) == ("/api/title", "native", "whole")

    asked_before = zai.state()["total"]
    settings.ZAI_API_KEY = ""
    assert ask().json()["error"]["code"] == "not_configured"
    settings.ZAI_API_KEY = "test-id.test-secret"
    settings.CHAT_MAX_OPEN_EXCHANGES = 0
    assert ask().json()["error"]["code"] == "at_capacity"
    assert zai.state()["total"] == asked_before


def test_the_example_of_a_dialect_works(
    service: Service, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: dict[str, Any] = {"__name__": "words"}
    exec(snippet("words"), words)
    [row] = eval(f"[{snippet('row')}]", {**vars(dialects), **words})
    others = (other for other in dialects.TABLE if other.path != row.path)
    monkeypatch.setattr(dialects, "DOORS", make_doors([*others, row]))
    urls = ModuleType("urls_with_words")
    vars(urls).update(runpy.run_path(str(BASE_DIR / "chat" / "urls.py")))
    monkeypatch.setitem(sys.modules, urls.__name__, urls)
    settings.ROOT_URLCONF = urls.__name__

    def ask(question: Any) -> httpx.Response:
        url = f"{service.url}/api/words"
        return httpx.post(url, json={"question": question}, trust_env=False)

    answer = ask("Hello")
    assert answer.text == text_of(service.post("Hello").content) + "\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert ask(7).text == "question: expected a string, got a whole number."
    assert ask("sim:error=1301").status_code == 400
    assert ask("sim:cut=3 sim:events=9").text.endswith("Z.AI broke off.]\n")
    assert service.post().status_code == 200
    validate(document.make_document())
    assert "/api/words" in document.describe_paths()
