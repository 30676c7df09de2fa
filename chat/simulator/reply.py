"""An answer made ready for the wire, streamed or whole."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from .answer import Answer, compose
from .catalogue import answering
from .chosen import Chosen
from .completion import completion_body, completion_steps
from .happenings import steps_of
from .headers import JSON, SERVER_SENT_EVENTS
from .pace import Tempo
from .request import ChatRequest
from .script import Script
from .steps import Step
from .usage import Usage, prompt_tokens


@dataclass(frozen=True)
class Reply:
    """What is sent after `wait` seconds."""

    content_type: bytes
    steps: Iterator[Step]
    wait: float = 0.0


def reply_to(
    request: ChatRequest, chosen: Chosen, *, answer_id: str, speed: float, cached: int
) -> Reply:
    """The reply to a request that has passed all checks."""
    answer = compose(request, chosen)
    script = Script(
        answer=answer,
        usage=_usage(request, answer, cached),
        chosen=chosen,
        tempo=Tempo.of(chosen, speed, answer),
        answer_id=answer_id,
        created=int(time.time()),
        model=_answering(request, chosen),
        tool_stream=_streams_tools(request),
    )
    if request.stream:
        return Reply(SERVER_SENT_EVENTS, steps_of(script))
    body = completion_body(
        answer, script.usage, answer_id, script.created, script.model
    )
    return Reply(JSON, completion_steps(body, chosen), script.tempo.whole(answer))


def _answering(request: ChatRequest, chosen: Chosen) -> str:
    """The name of the model that answers: as it was asked, if it is the one asked."""
    if other := chosen.get("other-model"):
        return other.first
    name = answering(request.model, request.coding)
    asked: str = request.body["model"]
    return asked if name == asked.lower() else name


def _streams_tools(request: ChatRequest) -> bool:
    asked = request.body.get("tool_stream") is True
    return asked and request.model.tool_stream is not False


def _usage(request: ChatRequest, answer: Answer, cached: int) -> Usage:
    return Usage(
        prompt=prompt_tokens(request),
        cached=cached,
        completion=answer.completion_tokens,
        reasoning=len(answer.reasoning),
    )
