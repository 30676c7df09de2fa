"""What is measured of each server, and in which order."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.measures.added import added
from benchmarks.measures.crowd import crowd
from benchmarks.measures.flood import flood
from benchmarks.measures.leaving import leaving
from benchmarks.measures.memory import memory
from benchmarks.measures.paced import Paced, paced, whole_span
from benchmarks.measures.sustained import sustained
from benchmarks.measures.whole import one_at_a_time, whole
from benchmarks.meter import Cost
from benchmarks.scale import Scale
from benchmarks.target import Target

KEPT_UP = 0.95


@dataclass(frozen=True)
class Found:
    """What one measure found; `samples` are by the names that columns have."""

    samples: Mapping[str, Sequence[float]]
    cost: Cost | None = None
    notes: Sequence[str] = field(default_factory=tuple)


Run = Callable[[Target, Scale], Coroutine[Any, Any, Found]]


@dataclass(frozen=True)
class Measure:
    """`once`: in the first turn only, for it takes long and hardly differs.

    `is_fresh`: of a server that did nothing else yet, and with no other beside it.
    """

    name: str
    title: str
    run: Run
    in_one_piece: bool = False  # asks for answers that are not streamed
    once: bool = False
    is_fresh: bool = False


async def _first_word(target: Target, scale: Scale) -> Found:
    return Found({"first_word": await added(target, scale.waits)})


async def _whole_answer(target: Target, scale: Scale) -> Found:
    return Found({"whole_answer": await added(target, scale.waits, stream=False)})


async def _crowd(target: Target, scale: Scale) -> Found:
    return Found({"crowd_ms": await crowd(target, scale.crowd)})


async def _alone(target: Target, scale: Scale) -> Found:
    found = await one_at_a_time(target, scale.alone_answers, scale.afterwards)
    return Found({"alone_ms": [found.answer_ms]}, found.cost)


async def _whole(target: Target, scale: Scale) -> Found:
    found = await whole(target, scale.callers, scale.whole_seconds, scale.afterwards)
    samples = {
        "whole_ms": [found.answer_ms],
        "answers_a_second": [found.answers_a_second],
    }
    return Found(samples, found.cost)


async def _span(target: Target, scale: Scale) -> Found:
    words = scale.span_events
    found = await whole_span(target, scale.streams, scale.rate, words, scale.afterwards)
    return Found({"span_us": [found.event_us]}, found.cost, _notes(found))


async def _event(target: Target, scale: Scale) -> Found:
    found = await paced(target, scale.streams, scale.rate, scale.turn_seconds)
    return Found({"event_us": [found.event_us]}, found.cost, _notes(found))


async def _flood(target: Target, scale: Scale) -> Found:
    found = await flood(target, scale.flood_streams, scale.flood_cpu_seconds)
    return Found({"flood_us": [found.event_us]}, found.cost)


async def _leaving(target: Target, scale: Scale) -> Found:
    return Found({"left_ms": await leaving(target, scale.leavers)})


async def _sustained(target: Target, scale: Scale) -> Found:
    seconds = scale.sustained_seconds
    most = await sustained(target, scale.sustained, scale.rate, seconds)
    return Found({"sustained": [most]})


async def _memory(target: Target, scale: Scale) -> Found:
    found = await memory(target, scale.open_streams, scale.settling_seconds)
    name = "tls_stream_kb" if target.standin.authority else "stream_kb"
    return Found({"idle_mb": [found.idle_mb], name: [found.stream_kb]})


def _notes(found: Paced) -> Sequence[str]:
    if found.pace < KEPT_UP:
        return (f"event: came at {found.pace:.0%} of their pace",)
    return ()


# What asks for many streams comes last: what they leave behind slows some down.
PROGRAMME = (
    Measure("first-word", "first word", _first_word),
    Measure("whole-answer", "whole answer", _whole_answer, in_one_piece=True),
    Measure("alone", "one at a time", _alone, in_one_piece=True),
    Measure("whole", "10 at a time", _whole, in_one_piece=True),
    Measure("leaving", "leaving", _leaving),
    Measure("crowd", "100 at once", _crowd),
    Measure("span", "event, start included", _span),
    Measure("event", "event", _event),
    Measure("flood", "flood", _flood),
    Measure("sustained", "streams without a gap", _sustained, once=True),
    Measure("memory", "memory", _memory, is_fresh=True),
)
