"""The requests of one day, the dearest or the longest first."""

from dataclasses import dataclass

from django.db.models import F

from chat.admin.list.narrowing import Requests
from chat.admin.list.paging import NEWEST_FIRST, Page, horizon_of

SHOWN = 200
LOOKED_AT = 100_000


@dataclass(frozen=True)
class Sorting:
    key: str
    field: str
    words: str

    def page(self, requests: Requests, led: Requests) -> Page:
        """Return the first of `requests`, which are those of `led` that pass the
        tests; of more than LOOKED_AT the newest are looked at."""
        horizon = horizon_of(led, LOOKED_AT)
        if horizon:
            requests = requests.filter(horizon.newer())
        known = requests.filter(**{f"{self.field}__isnull": False})
        found = known.order_by(F(self.field).desc(), *NEWEST_FIRST)
        return Page(list(found[:SHOWN]), None, None, horizon)


SORTINGS = {
    sorting.key: sorting
    for sorting in (
        Sorting("cost", "cost_usd", "dearest first"),
        Sorting("duration", "duration_ms", "longest first"),
    )
}
