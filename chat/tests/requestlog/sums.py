"""The sums beside the rows, worked out again."""

from collections.abc import Iterator
from typing import Any

import pytest

from chat.models import EndingTally, RequestLog, TimingTally
from chat.requestlog import tallies


def tallies_agree() -> bool:
    """Whether the sums are what one computes from the closed rows."""
    rows = list(RequestLog.objects.exclude(ending=None))
    names = [*tallies.SUMS, "requests", "priced"]
    wanted: dict[Any, list[Any]] = {}
    timings: dict[Any, int] = {}
    for row in rows:
        for span in (60, 3600):
            at = tallies._start(row.created_at, span)
            key = (span, at, row.answered_model or "", row.ending)
            counts = [getattr(row, name) or 0 for name in tallies.SUMS]
            more = [*counts, 1, int(row.cost_usd is not None)]
            sums = wanted.setdefault(key, [0] * len(names) + [0])
            for place, value in enumerate([*more, float(row.cost_usd or 0)]):
                sums[place] += value
            for measure, bucket in _timings(row):
                timing = (span, at, measure, bucket)
                timings[timing] = timings.get(timing, 0) + 1
    found = {
        (t.span, t.at, t.model, t.ending): [
            *(getattr(t, name) for name in names), float(t.cost_usd),
        ]
        for t in EndingTally.objects.all()
    }  # fmt: skip
    times = {
        (t.span, t.at, t.measure, t.bucket): t.requests
        for t in TimingTally.objects.all()
    }
    assert times == timings
    assert found.keys() == wanted.keys()
    return all(found[key] == pytest.approx(wanted[key]) for key in wanted)


def _timings(row: RequestLog) -> Iterator[tuple[str, int]]:
    sign, word = row.first_sign_ms, row.first_word_ms
    if sign is None:  # written by an older version, or not measured
        sign, word = word, None
    if sign is not None:
        yield "first_word", tallies.bucket(sign)
    if word is not None:
        yield "answer_word", tallies.bucket(word)
    if row.ending == "completed" and row.duration_ms is not None:
        yield "duration", tallies.bucket(row.duration_ms)
