"""The events of a diagnostic stream: when each was sent, and when it arrived."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from chat.doctor.arrivals import Arrivals
from chat.doctor.clock import Clocks

TOGETHER = 0.02  # what comes closer than that came at once


class Event(NamedTuple):
    sent: float
    arrived: float

    @property
    def delay(self) -> float:
        return self.arrived - self.sent


def heads(arrivals: Arrivals) -> list[tuple[float, dict[str, Any]]]:
    """What the events say of themselves, with when they arrived."""
    return [
        (frame.at, frame.fields["diagnosis"])
        for frame in arrivals.frames()
        if frame.fields and isinstance(frame.fields.get("diagnosis"), dict)
    ]


def compare(clocks: Clocks, arrivals: Arrivals) -> None:
    """Learn the clock of the host that played the stream."""
    for at, head in heads(arrivals)[:1]:
        times = head["received"], head["sent"]
        clocks.compare(head["host"], arrivals.asked, *times, at)


def events(arrivals: Arrivals, clocks: Clocks) -> list[Event]:
    """Both times by our clock."""
    return [
        Event(clocks.here(head["host"], head["sent"]), at)
        for at, head in heads(arrivals)
    ]


def groups(times: Sequence[float]) -> int:
    """In how many lumps something came."""
    return sum(
        1
        for before, at in zip([float("-inf"), *times], times, strict=False)
        if at - before > TOGETHER
    )
