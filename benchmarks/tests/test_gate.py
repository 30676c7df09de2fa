"""That the proofs of the gate run. What they find is theirs to say."""

import asyncio
from subprocess import PIPE, Popen

import pytest

from benchmarks.gate.counts import Count
from benchmarks.gate.finding import Finding
from benchmarks.gate.setting import Setting
from benchmarks.gate.waiter import Wait, question, wait_once
from benchmarks.process import ROOT, python

pytestmark = pytest.mark.once

TOLD = (
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
    'Content-Length: {}\r\n\r\n: queued 2 6\n\n: queued 1 3\n\ndata: {{"choices":'
    '[{{"delta":{{"content":": queued 9 9"}}}}]}}\n\ndata: {{"data": "[DONE]"}}\n\n'
)
REFUSED = (
    "HTTP/1.1 429 Too Many Requests\r\nContent-Length: {}\r\n\r\n"
    '{{"error": {{"message": "…", "code": "queue_timeout"}}}}'
)


def test_each_proof_is_a_line_with_its_goal() -> None:
    words = "--only crowds --processes 1 --database sqlite --redis without"
    some = "--slots learned --callers 50 --seconds 0.05"
    command = python("-m", "benchmarks.gate", *words.split(), *some.split())
    with Popen(command, cwd=ROOT, stdout=PIPE, stderr=PIPE, text=True) as process:
        said, errors = process.communicate(timeout=240)
    assert "does not run" not in said, said
    lines = [line.strip("| ").split(" | ") for line in said.splitlines()[2:-1]]
    assert {line[0] for line in lines} == {"1 process, sqlite"}
    assert lines[0][1:3] == ["questions to answers, 50 callers", "1.05"], errors
    assert any("client with 40" in line[1] for line in lines)
    assert " were missed." in said


def test_a_finding_is_judged_by_its_goal() -> None:
    found = [Finding("", figure, 1.05) for figure in (1.05, 1.06, None)]
    assert [one.verdict for one in found] == ["ok", "MISSED", "MISSED"]
    assert Finding("", 7).verdict == ""


@pytest.mark.parametrize(
    ("answer", "outcome", "told"),
    [(TOLD, "answered", [2, 1]), (REFUSED, "queue_timeout", []), ("", "lost", [])],
)
def test_a_waiter_keeps_what_it_is_told(
    answer: str, outcome: str, told: list[int]
) -> None:
    wait = asyncio.run(ask(answer))
    assert wait.outcome == outcome
    assert [one.place for one in wait.told] == told
    assert [seconds for seconds, _ in wait.truths()] == [6, 3][: len(told)]


async def ask(answer: str) -> Wait:
    """What becomes of a request that is answered so; nobody is there without answer."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}]")
        head, _, body = answer.partition("\r\n\r\n")
        size = len(body.format().encode())
        writer.write(answer.format(size).encode())
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if not answer:
        server.close()
    async with server:
        return await wait_once(port, question("any.key", 0.1))


def test_what_z_ai_counts_is_read() -> None:
    found = {
        **{"open": 2, "most_open": 6, "questions": 9, "answered": 5, "broken_off": 1},
        **{"refused": {"1302": 1}, "seconds_open": {"5": 1.5, "6": 0.25, "7": 0.25}},
    }
    count = Count.read(found)
    assert (count.questions, count.too_many) == (9, 1)
    assert count.seconds_above(5) == 0.5


def test_a_setting_says_what_is_asked_of_it() -> None:
    learning, told = Setting(2, redis=True), Setting(4, "postgresql", learns=False)
    assert (str(learning), str(told)) == (
        "2 processes, sqlite, Redis",
        "4 processes, postgresql, told",
    )
    assert (learning.limit, learning.variables()["ZAI_CONCURRENCY"]) == ("5", "auto")
    assert (told.limit, told.variables()["ZAI_CONCURRENCY"]) == ("", "5")
    assert (learning.is_exact, told.is_exact) == (True, False)
