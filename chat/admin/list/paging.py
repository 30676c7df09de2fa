"""Pages of the list of requests, by key: no count, no offset, no growing cost."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from chat.admin.list.narrowing import Requests
from chat.models import RequestLog

NEWEST_FIRST = ("-created_at", "-id")
# Where conditions have to be tested row by row, a page looks at so many at most.
HORIZON = 20_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Key:
    """The place of a request in the list."""

    created_at: datetime
    id: str

    @classmethod
    def of(cls, request: RequestLog) -> "Key":
        return cls(request.created_at, request.pk)

    @classmethod
    def read(cls, text: str) -> "Key":
        """The opposite of `str`. Raises ValueError."""
        microseconds, _, identity = text.replace("\0", "").partition("-")
        try:
            return cls(_EPOCH + int(microseconds) * _MICROSECOND, identity)
        except OverflowError as error:
            raise ValueError(text) from error

    def __str__(self) -> str:
        return f"{(self.created_at - _EPOCH) // _MICROSECOND}-{self.id}"

    def older(self) -> Q:
        earlier = Q(created_at__lt=self.created_at)
        tie = Q(created_at=self.created_at, id__lt=self.id)
        return Q(created_at__lte=self.created_at) & (earlier | tie)

    def newer(self) -> Q:
        later = Q(created_at__gt=self.created_at)
        tie = Q(created_at=self.created_at, id__gt=self.id)
        return Q(created_at__gte=self.created_at) & (later | tie)


@dataclass(frozen=True)
class Page:
    """`older` and `newer` are keys to go on from, None where there is nothing more.

    `horizon` is set if the page ends early, for want of rows that pass the tests.
    """

    requests: list[RequestLog]
    older: Key | None
    newer: Key | None
    horizon: Key | None = None


def page(
    requests: Requests, led: Requests, before: Key | None, after: Key | None, size: int
) -> Page:
    """Return a page of `requests`, which are those of `led` that pass further tests.

    `led` is the same as `requests` where an index finds them all.
    """
    if after:
        rows, newer, horizon = walk(requests, led, after, size, forward=True)
        if newer:
            older = Key.of(rows[-1]) if rows else after
            return Page(rows[::-1], older, newer, horizon)
        before = None  # the top is less than a page away: show it whole
    rows, further, horizon = walk(requests, led, before, size, forward=False)
    newest = Key.of(rows[0]) if rows else before
    return Page(rows, further, newest if before else None, horizon)


def walk(
    requests: Requests, led: Requests, key: Key | None, size: int, *, forward: bool
) -> tuple[list[RequestLog], Key | None, Key | None]:
    """Rows in the order of the walk, where to go on, and the horizon if it was met."""
    tested = requests is not led
    if forward:
        requests, led = requests.reverse(), led.reverse()
    if key:
        beyond = key.newer() if forward else key.older()
        requests, led = requests.filter(beyond), led.filter(beyond)
    horizon = horizon_of(led, HORIZON) if tested else None
    if horizon:
        requests = requests.exclude(horizon.newer() if forward else horizon.older())
    rows = list(requests[: size + 1])
    if len(rows) > size:
        return rows[:size], Key.of(rows[size - 1]), None
    return rows, horizon, horizon


def horizon_of(led: Requests, most: int) -> Key | None:
    """Return where `most` requests have been looked at, if there are more."""
    found = led.values_list("created_at", "id")[most : most + 1]
    return next((Key(*values) for values in found), None)
