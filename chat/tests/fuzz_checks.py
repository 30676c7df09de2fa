"""What `schemathesis run` is to check besides its own (SCHEMATHESIS_HOOKS)."""

import json
import re
from functools import cache
from typing import Any

import jsonschema_rs
import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

STREAM = "text/event-stream"
DATA = re.compile(r"\A(?:event: [a-z_.]+\n)?data: ")
# Of events that tell by their type that nothing follows.
LAST = {"error", "response.completed", "response.incomplete", "response.failed"}
# Of a dialect that has no description of its own: it says nothing of the fields.
ANY_BODY = {"type": "object"}
# How a sentence of ours begins: with the field, or with the body.
OURS = re.compile(r"[a-zA-Z_]+(\.|\[|:)|The body ")


@schemathesis.hook
def before_load_schema(context: HookContext, raw_schema: Any) -> None:
    """Let schemathesis read events as events; `events_are_described` reads the rest."""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            content = operation["responses"].get("200", {}).get("content", {})
            if STREAM in content:
                content[STREAM]["schema"] = {"type": "object", "required": ["data"]}


@schemathesis.hook
def filter_body(context: HookContext, body: Any) -> bool:
    """No words to the simulator: it would fail on purpose."""
    return "sim:" not in str(body)


@schemathesis.check
def what_is_described_is_accepted(
    context: CheckContext, response: Response, case: Case
) -> None:
    """A body after the description may be refused by Z.AI, but not by us."""
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    if not is_positive or response.status_code != 400:
        return
    body = case.operation.definition.raw.get("requestBody", {})
    if body.get("content", {}).get("application/json", {}).get("schema") == ANY_BODY:
        return
    if response.headers["content-type"][0].startswith("text/plain"):
        assert not OURS.match(response.text), response.text
    else:
        assert response.json()["error"]["code"] != "invalid_request", response.text


@schemathesis.check
def events_are_described(context: CheckContext, response: Response, case: Case) -> None:
    """Of a stream: every event, and that it ends as a whole or a broken one does."""
    if response.headers.get("content-type") != [STREAM]:
        return
    frames = [f for f in response.text.split("\n\n") if not f.startswith(":")]
    assert frames.pop() == "", "the last frame has no end"
    frames = [NUMBER.sub("", frame) for frame in frames]  # of a body with `resumable`
    events = [DATA.sub("", frame) for frame in frames]
    if events[-1] == "[DONE]":
        events.pop()
    else:
        last = json.loads(events[-1])
        is_over = "data" in last or "error" in last or last.get("type") in LAST
        assert is_over, f"broken off in silence after {last}"
    validator = _validator(case.operation.path)
    for event in events:
        problems = list(validator.iter_errors(json.loads(event)))
        assert not problems, f"{problems} in {event}"


NUMBER = re.compile(r"\Aid: \d+\n")

_document: dict[str, Any] = {}


@schemathesis.hook
def after_load_schema(context: HookContext, schema: Any) -> None:
    _document.update(schema.raw_schema)


@cache
def _validator(path: str) -> Any:
    answers = _document["paths"][path]["post"]["responses"]["200"]["content"]
    frame = answers[STREAM]["x-itemSchema"]
    return jsonschema_rs.validator_for({**frame, "components": _document["components"]})
