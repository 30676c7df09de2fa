"""What narrows the list of requests, so put that one index serves the whole query.

Of several conditions the most telling one leads: its index finds the rows, newest
first. The others are tested on what it finds, and are hidden from the planner, which
would otherwise guess, and at a million rows guess wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from chat.models import RequestLog

Requests = QuerySet[RequestLog]

# Each condition with an index that ends in -created_at, the rarest first.
ONE, USER, ADDRESS, SLOW, COSTLY, ERRORS, STATUS, ENDING, MODEL, MOST = range(10)
NO_INDEX: Final = 99


@dataclass(frozen=True)
class Narrowing:
    """A condition on one column. The one with the least `rank` leads."""

    field: str
    rank: int
    lookups: dict[str, Any]

    def lead(self, requests: Requests) -> Requests:
        return requests.filter(**self.lookups)

    def follow(self, requests: Requests) -> Requests:
        """Test the condition without its index."""
        hidden = f"hidden_{self.field}"
        lookups = {hidden + k.removeprefix(self.field): v for k, v in self.items()}
        column = Coalesce(F(self.field), F(self.field))
        return requests.alias(**{hidden: column}).filter(**lookups)

    def items(self) -> Iterable[tuple[str, Any]]:
        return self.lookups.items()


def leader(narrowings: Iterable[Narrowing]) -> Narrowing | None:
    indexed = [one for one in narrowings if one.rank != NO_INDEX]
    return min(indexed, key=lambda one: one.rank, default=None)
