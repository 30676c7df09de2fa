"""Another model, or another key, where the first cannot answer."""

from pathlib import Path
from typing import Any

import pytest

from chat.conversation import ChatRequest
from chat.gate.concurrency import Concurrency
from chat.gate.loyalty import Loyalty
from chat.gate.targets import Target
from chat.models import RequestLog
from chat.simulator import Options, running
from chat.tests.frames import frames
from chat.tests.requestlog.closed_rows import all_closed, only_row
from chat.tests.serving import Service, point_at, service_for

FIRST, OTHER = "glm-4.6", "glm-4.5-air"


@pytest.fixture(autouse=True)
def _with_fallback(settings: Any) -> None:
    settings.ZAI_FALLBACKS = {FIRST: OTHER}


def conversation(text: str) -> ChatRequest:
    messages = [{"role": "user", "content": text}]
    return ChatRequest(messages, FIRST, stream=False)


def models_of(content: bytes) -> set[str]:
    return {event["model"] for event in frames(content) if event.get("choices")}


@pytest.mark.parametrize("code", ["1308", "1221", "1113", "1312"])
@pytest.mark.parametrize("stream", [True, False])
def test_another_answers_and_it_is_told(
    service: Service, settings: Any, code: str, stream: bool
) -> None:
    settings.ZAI_MAX_TRIES = 1
    answer = service.post(f"sim:error-once={code}", stream=stream)
    assert answer.status_code == 200
    assert answer.headers["x-fallback-model"] == OTHER
    assert stream is False or models_of(answer.content) == {OTHER}
    row = only_row()
    assert (row.model, row.answered_model, row.tries) == (FIRST, OTHER, 2)
    assert row.ending == "completed"


def test_one_that_is_shut_is_not_asked(service: Service, zai: Any) -> None:
    service.post("sim:error-once=1308")
    answer = service.post("Another conversation", stream=False)
    assert answer.headers["x-fallback-model"] == OTHER
    assert zai.state()["total"] == 3
    all_closed(2)
    assert set(RequestLog.objects.values_list("answered_model", flat=True)) == {OTHER}


def test_a_conversation_stays_with_who_answered_it(
    service: Service, settings: Any
) -> None:
    settings.ZAI_MAX_TRIES = 1
    asked = [{"role": "user", "content": "sim:error-once=1312"}]
    service.send({"messages": asked})
    asked += [
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "And now?"},
    ]
    answer = service.send({"messages": asked})
    assert answer.headers["x-fallback-model"] == OTHER
    assert "x-fallback-model" not in service.post("Something else").headers


def test_the_processes_of_a_host_remember_together(tmp_path: Path) -> None:
    here, there = (Loyalty(tmp_path / "gate" / "answered") for _ in range(2))
    targets = [Target("key", FIRST), Target("key", OTHER), Target("other", FIRST)]
    asked = [conversation(f"{number}") for number in range(3)]
    here.note(asked[0], targets[2])
    there.note(asked[1], targets[1])
    assert there.put_first(asked[0], targets) == [targets[2], *targets[:2]]
    assert here.put_first(asked[1], targets) == [targets[1], targets[0], targets[2]]
    assert here.put_first(asked[2], targets) == targets
    gone = [target for target in targets if target != targets[1]]
    assert here.put_first(asked[1], gone) == gone


def test_without_a_file_a_process_remembers_alone(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    loyalty = Loyalty(tmp_path / "file" / "answered")
    targets = [Target("key", FIRST), Target("key", OTHER)]
    asked = conversation("Hello")
    loyalty.note(asked, targets[1])
    assert loyalty.put_first(asked, targets) == targets[::-1]


def test_one_that_is_busy_for_too_long(settings: Any) -> None:
    settings.ZAI_CONCURRENCY = Concurrency(of_all=1)
    settings.CHAT_QUEUE_SECONDS = 0.3
    with running(Options(speed=0)) as simulator:
        point_at(settings, simulator.base_url)
        with service_for() as service, service.stream("sim:stall=60@1") as held:
            events = held.iter_bytes()
            next(events)
            answer = service.post(stream=False)
    assert answer.headers["x-fallback-model"] == OTHER


def test_what_the_caller_did_wrong_is_nobody_elses(service: Service, zai: Any) -> None:
    assert service.post("sim:error-once=1210").status_code == 400
    assert zai.state()["total"] == 1


def test_a_further_key_is_asked_where_the_first_is_refused(
    service: Service, settings: Any, zai: Any
) -> None:
    settings.ZAI_API_KEYS, settings.ZAI_FALLBACKS = ["other.account"], {}
    answer = service.post("sim:error-once=1113")
    assert answer.status_code == 200 and "x-fallback-model" not in answer.headers
    assert zai.state()["total"] == 2


def test_a_further_key_has_slots_of_its_own(settings: Any) -> None:
    settings.ZAI_API_KEYS, settings.ZAI_FALLBACKS = ["other.account"], {}
    settings.ZAI_CONCURRENCY = Concurrency(of_all=1)
    with running(Options(speed=0)) as simulator:
        point_at(settings, simulator.base_url)
        with service_for() as service, service.stream("sim:stall=60@1") as held:
            events = held.iter_bytes()
            next(events)
            assert service.post(stream=False).status_code == 200
            assert simulator.state()["open"] == 1


def test_a_further_key_is_shown_nowhere(
    service: Service, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ZAI_API_KEYS = ["another.secret-of-ours"]
    answer = service.post("sim:error=1113 another.secret-of-ours", store=False)
    assert "secret-of-ours" not in answer.text + caplog.text
