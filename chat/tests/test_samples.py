"""Z.AI's answers, whole and cut anywhere: what the caller gets is the same."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from chat.event import decode_event
from chat.failures import Failure
from chat.tests.frames import DONE, frames
from chat.tests.samples import samples
from chat.tests.scripted_zai import Script, answering, scripted
from chat.tests.serving import point_at, service_for
from chat.upstream.answer import Answer
from chat.upstream.codes import MEANINGS

STREAMS = [path for path in samples("*.sse") if b"[DONE]" in path.read_bytes()]
MALFORMED = samples("malformed__*.sse")
BROKEN_OFF = [p for p in samples("*.sse") if p not in {*STREAMS, *MALFORMED}]
WHOLE = [
    path for path in samples("*.json") if "choices" in json.loads(path.read_bytes())
]
ERRORS = [
    error for path in samples("error*.json") for error in json.loads(path.read_bytes())
]


def each(paths: Iterable[Path]) -> Any:
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


@pytest.fixture
def data(path: Path) -> bytes:
    return path.read_bytes()


def put_together(events: Iterable[Any]) -> dict[str, Any]:
    """The answer that a front end makes of the events."""
    answer: dict[str, Any] = {"content": "", "reasoning": "", "calls": {}}
    for event in events:
        answer["web_search"] = event.get("web_search", answer.get("web_search"))
        answer["usage"] = event.get("usage", answer.get("usage"))
        for choice in event.get("choices", ()):
            answer["finish"] = choice.get("finish_reason", answer.get("finish"))
            delta = choice["delta"]
            answer["content"] += delta.get("content") or ""
            answer["reasoning"] += delta.get("reasoning_content") or ""
            for call in delta.get("tool_calls") or ():
                answer["calls"].setdefault(call["index"], []).append(call)
    return answer


def payloads_of(path: Path) -> list[bytes]:
    """What it holds, read in the simplest way."""
    lines = path.read_bytes().split(b"\n")
    return [line[6:] for line in lines if line.startswith(b"data: {")]


class Replay:
    """As much of aiohttp's response as an answer reads: bytes, cut as told."""

    def __init__(self, data: bytes, size: int) -> None:
        self.pieces = [data[i : i + size] for i in range(0, len(data), size)]
        self.content = self
        self.total_bytes = 0

    async def read(self, most: int) -> bytes:
        piece = self.pieces.pop(0) if self.pieces else b""
        self.total_bytes += len(piece)
        return piece

    def is_eof(self) -> bool:
        return not self.pieces

    def close(self) -> None:
        pass


async def read(data: bytes, size: int) -> list[bytes]:
    answer = Answer(Replay(data, size), "glm-4.6")  # type: ignore[arg-type]
    payloads: list[bytes] = []
    while (batch := await answer.read()) is not None:
        payloads += batch.payloads
    return payloads


def odd_sizes(data: bytes) -> list[int]:
    """All small ones, and so many of the large ones that the test stays quick."""
    small = min(len(data) + 2, 1 + 8_000_000 // len(data) // 2 * 2)
    step = 2 * (1 + len(data) // 4000)
    return [*range(1, small, 2), *range(small, len(data) + 2, step)]


@each(STREAMS)
async def test_every_cut_gives_the_same_events(path: Path, data: bytes) -> None:
    expected = payloads_of(path)
    for size in odd_sizes(data):
        assert await read(data, size) == expected, size


@each(STREAMS)
@pytest.mark.parametrize("size", [None, 7, 333])
def test_a_stream_comes_through(
    path: Path, data: bytes, settings: Any, size: int | None
) -> None:
    step = size or len(data)
    pieces = [data[i : i + step] for i in range(0, len(data), step)]
    with scripted(answering(*pieces)) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            *events, last = frames(service.post().content)
            assert last == DONE
            assert put_together(events) == put_together(
                json.loads(payload) for payload in payloads_of(path)
            )
            assert service.ended().ending == "completed"


@each(BROKEN_OFF)
@pytest.mark.parametrize("size", [None, 7])
def test_what_came_of_a_stream_that_broke_off_comes_through(
    path: Path, data: bytes, settings: Any, size: int | None
) -> None:
    step = size or len(data)
    pieces = [data[i : i + step] for i in range(0, len(data), step)]
    with scripted(answering(*pieces)) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            *events, last = frames(service.post().content)
            assert events == [json.loads(payload) for payload in payloads_of(path)]
            assert last["error"]["type"] == "streaming_error"
            assert service.ended().ending == "upstream_failed"


@each(WHOLE)
def test_a_whole_answer_comes_through_byte_for_byte(path: Path, settings: Any) -> None:
    body = path.read_bytes()
    with scripted(answering(body, kind="application/json; charset=UTF-8")) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            response = service.post(stream=False)
            assert response.content == body
            assert response.headers["content-type"] == "application/json"
            reason = response.json()["choices"][0]["finish_reason"]
            ended = service.ended()
            assert (ended.ending, ended.finish_reason) == ("completed", reason)


@each(MALFORMED)
@pytest.mark.parametrize("size", [1, 3, 10_000])
def test_the_second_attempt_is_the_answer(path: Path, settings: Any, size: int) -> None:
    data = path.read_bytes()
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    with scripted(answering(*pieces)) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            event, last = frames(service.post().content)
            # It ends there, so the answer was not finished.
            assert put_together([event])["reasoning"] == "Now"
            assert last["error"]["type"] == "streaming_error"
            assert service.ended().ending == "upstream_failed"


@each(MALFORMED)
async def test_a_second_attempt_after_words_is_no_answer(
    path: Path, data: bytes
) -> None:
    first = (
        b'data: {"id":"1","created":1,"model":"m","choices":'
        b'[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
    )
    for size in (1, 7, 10_000):
        answer = Answer(Replay(first + data, size), "glm-4.6")  # type: ignore
        payloads: list[bytes] = []
        with pytest.raises(Failure):
            while (batch := await answer.read()) is not None:
                payloads += batch.payloads
        assert [decode_event(payload).id for payload in payloads] == ["1"]


def expected_status(error: dict[str, Any]) -> int:
    """What README says of it."""
    body, http = error["body"], error["http"]
    inner = body.get("error")
    code = str(inner["code"] if isinstance(inner, dict) else body.get("code", ""))
    if code in ("401", "1001", "1002", "1113", "1311"):
        return 502  # the operator's
    return {400: 400, 404: 502, 429: 429, 500: 502}[http]


@pytest.mark.parametrize("stream", [True, False])
def test_every_error_gets_the_status_of_the_table(settings: Any, stream: bool) -> None:
    settings.ZAI_MAX_TRIES = 1
    settings.CHAT_QUEUE_SECONDS = 0.0  # nobody waits for a turn
    with scripted(*map(refusing, ERRORS)) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            for number, error in enumerate(ERRORS):
                # Each its own, for the gate to one that is refused is shut.
                response = service.post(stream=stream, model=f"glm-{number}")
                status = response.status_code
                assert status == expected_status(error), error
                assert ("retry-after" in response.headers) >= (status == 429), error
                assert response.json()["detail"], error
                ended = service.ended()
                is_in_line = response.json()["error"]["code"] == "queue_timeout"
                ending = "refused" if is_in_line else "upstream_rejected"
                assert (ended.ending, ended.error_status) == (ending, status), error


def refusing(error: dict[str, Any]) -> Script:
    body = json.dumps(error["body"], ensure_ascii=False).encode()
    return answering(body, status=f"{error['http']} Said", kind="application/json")


def test_every_code_is_in_the_table() -> None:
    codes = {
        error["body"]["error"]["code"]
        for error in ERRORS
        if isinstance(error["body"].get("error"), dict)
    }
    assert codes <= set(MEANINGS)
