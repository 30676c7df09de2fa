"""What holds for the events of every streamed response, whatever it says."""

from collections import Counter
from typing import Any

from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
WHOLE: TypeAdapter[Any] = TypeAdapter(Response)
ENDS = ("response.completed", "response.incomplete", "response.failed")
# Of what is written in pieces: by the type of its deltas, which field has the whole.
DONE = {
    "response.output_text": "text",
    "response.reasoning_summary_text": "text",
    "response.function_call_arguments": "arguments",
    "response.custom_tool_call_input": "input",
}

Event = dict[str, Any]


def check(events: list[Event]) -> Event:
    """Return the response of the last event, after all that must hold was looked at."""
    for event in events:
        EVENT.validate_python(event)
    assert [e["sequence_number"] for e in events] == list(range(len(events)))
    assert [e["type"] for e in events[:2]] == [
        "response.created",
        "response.in_progress",
    ]
    last = events[-1]
    assert last["type"] in ENDS
    assert not {e["type"] for e in events[:-1]} & set(ENDS)
    response: Event = last["response"]
    assert last["type"] == f"response.{response['status']}"
    assert response["id"] == events[0]["response"]["id"]
    _check_items(events, response)
    _check_texts(events)
    return response


def _check_items(events: list[Event], response: Event) -> None:
    """Each is opened before it is filled, and closed once, after that."""
    opened: dict[str, Event] = {}
    closed: dict[str, Event] = {}
    for event in events:
        kind = event["type"]
        if kind == "response.output_item.added":
            assert event["output_index"] == len(opened)
            assert event["item"]["id"] not in opened
            opened[event["item"]["id"]] = event
        elif kind == "response.output_item.done":
            identity = event["item"]["id"]
            assert identity in opened and identity not in closed
            assert event["output_index"] == opened[identity]["output_index"]
            closed[identity] = event
        elif identity := event.get("item_id"):
            assert identity in opened and identity not in closed
            assert event["output_index"] == opened[identity]["output_index"]
    if response["status"] != "failed":
        assert opened.keys() == closed.keys()
        done = sorted(closed.values(), key=lambda event: event["output_index"])
        assert response["output"] == [event["item"] for event in done]


def _check_texts(events: list[Event]) -> None:
    """The pieces come to what is told at the end, which is told once."""
    pieces: dict[tuple[str, str], str] = {}
    done: Counter[tuple[str, str]] = Counter()
    for event in events:
        stem, _, what = event["type"].rpartition(".")
        if stem not in DONE:
            continue
        key = stem, event["item_id"]
        if what == "delta":
            assert event["delta"] and not done[key]
            pieces[key] = pieces.get(key, "") + event["delta"]
        else:
            done[key] += 1
            assert event[DONE[stem]] == pieces.get(key, "")
    assert all(count == 1 for count in done.values())


def kinds(events: list[Event]) -> list[str]:
    """The types of the events, those in a row once."""
    found: list[str] = []
    for event in events:
        kind = event["type"].removeprefix("response.")
        if found[-1:] != [kind]:
            found.append(kind)
    return found
