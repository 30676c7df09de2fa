"""What one check says: how it stands, a measured fact, and what mends it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"  # it could not be examined
    SKIPPED = "skipped"  # it was not to be


@dataclass(frozen=True)
class Finding:
    """`measured` has the figures of `fact`; seconds where the name has no unit."""

    check: str
    outcome: Outcome
    fact: str
    fix: str = ""
    measured: Mapping[str, object] = field(default_factory=dict)


def unknown(check: str, reason: str) -> Finding:
    return Finding(check, Outcome.UNKNOWN, reason)


def seconds(value: float) -> str:
    """For people: `12 ms`, `2.03 s`."""
    return f"{value * 1000:.0f} ms" if abs(value) < 1 else f"{value:.2f} s"
