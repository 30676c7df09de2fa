"""Callers with an instrumentation of their own: our spans go on with their trace."""

import os
import subprocess
from typing import Any

import msgspec
import pytest

from chat.tests.clients.agents_sdk import FOLDER, python
from chat.tests.clients.ai_sdk import installed, run
from chat.tests.serving import Service
from chat.tests.tracing.receiver import Received, attributes
from chat.tests.waiting import eventually

pytestmark = [
    pytest.mark.once,
    pytest.mark.timeout(700),
    pytest.mark.django_db(transaction=True),
]

DOOR = "POST /v1/chat/completions"


def above(received: Received, name: str) -> list[Any]:
    """The spans above the one called `name`, from the next to the first of all; once
    they are there, for who is above ends later."""

    def line() -> list[Any]:
        by_id = {one.span_id: one for one in received.spans}
        found = received.named(name)
        while found and found[-1].parent_span_id:
            found.append(by_id.get(found[-1].parent_span_id))
            if found[-1] is None:
                return []
        return found

    eventually(line)
    ours, *others = line()
    assert {one.trace_id for one in others} == {ours.trace_id}
    return others


def test_the_ai_sdk_is_the_parent(traced: Service, received: Received) -> None:
    folder = installed("ai-telemetry")
    told = run(folder / "ask.mjs", url=f"{traced.url}/v1", receiver=received.url)
    assert told["text"]
    names = [span.name for span in above(received, DOOR)]
    assert names[-2:] == ["ai.streamText.doStream", "ai.streamText"]
    assert {"chat glm-4.6", DOOR} <= {span.name for span in received.spans}


def test_openais_instrumentation_is_the_parent(
    traced: Service, received: Received
) -> None:
    done = subprocess.run(
        [python(), FOLDER / "traced.py", f"{traced.url}/v1", received.url],
        env={**os.environ, "NO_PROXY": "*"},
        capture_output=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert msgspec.json.decode(done.stdout.splitlines()[-1])
    (theirs,) = above(received, DOOR)
    eventually(lambda: len(received.named("chat glm-4.6")) == 2)
    (ours,) = (one for one in received.named("chat glm-4.6") if one is not theirs)
    said, meant = attributes(ours), attributes(theirs)
    assert ours.trace_id == theirs.trace_id
    for name in ("gen_ai.operation.name", "gen_ai.request.model"):
        assert said[name] == meant[name]
    assert said["gen_ai.response.finish_reasons"] == ["stop"]
