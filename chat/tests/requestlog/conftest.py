"""What the tests of the log look at it with."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from chat.models import EndingTally, RequestLog, TimingTally
from chat.requestlog import beat, database, lease, tallies
from chat.tests.conftest import Service
from chat.tests.e2e.conftest import eventually

Patch = Callable[..., None]


def closed(identity: str) -> RequestLog:
    """The row of a request, as soon as it is closed."""
    rows = RequestLog.objects.filter(pk=identity).exclude(ending=None)
    eventually(rows.exists)
    return rows.get()


def only_row() -> RequestLog:
    """The one row there is, as soon as it is closed."""
    rows = RequestLog.objects.exclude(ending=None)
    eventually(rows.exists)
    return rows.get()


def all_closed(count: int) -> list[RequestLog]:
    """All rows, as soon as there are `count` of them and none is open."""
    eventually(lambda: RequestLog.objects.exclude(ending=None).count() >= count, 60)
    assert not RequestLog.objects.filter(ending=None).exists()
    return list(RequestLog.objects.order_by("created_at"))


def id_of(response: Any) -> str:
    identity: str = response.headers["x-request-id"]
    return identity


def posted(service: Service, text: str = "Hello", **body: Any) -> RequestLog:
    """The closed row of a request made now."""
    return closed(id_of(service.post(text, **body)))


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
    if row.first_word_ms is not None:
        yield "first_word", tallies.bucket(row.first_word_ms)
    if row.ending == "completed" and row.duration_ms is not None:
        yield "duration", tallies.bucket(row.duration_ms)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that takes its time takes a tenth of it."""
    hurry(monkeypatch.setattr)


def hurry(patch: Patch) -> None:
    from datetime import timedelta

    patch(beat, "BEAT_SECONDS", 0.2)
    patch(beat, "RENEWAL_SECONDS", 0.4)
    patch(lease, "LEASE", timedelta(seconds=2))
    patch(database, "HANG_SECONDS", 2)


@pytest.fixture
def postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on PostgreSQL only")


@pytest.fixture
def sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("on SQLite only")
