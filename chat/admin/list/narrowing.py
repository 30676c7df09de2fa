"""What narrows the list of requests, so put that one index serves the whole query.

Of several conditions the most telling one leads: its index finds the rows, newest
first. The others are tested on what it finds, and are hidden from the planner, which
would otherwise guess, and at a million rows guess wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, Func, IntegerField, QuerySet
from django.db.models.functions import Coalesce

from chat.ending import Extent
from chat.models import RequestLog
from chat.models.request_log import one_of

Requests = QuerySet[RequestLog]

# Each condition with an index that ends in -created_at, the rarest first.
ONE, USER, CODE, ANSWER, ADDRESS, SLOW, COSTLY, WHOSE, ERRORS, STATUS = range(10)
FAILING, ENDING, CLIENT, MODEL, MOST = range(10, 15)
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
        lookups = {
            hidden + name.removeprefix(self.field): value
            for name, value in self.lookups.items()
        }
        column = Coalesce(F(self.field), F(self.field))
        return requests.alias(**{hidden: column}).filter(**lookups)


class Failures(Narrowing):
    """The statuses of a class above 3xx, which have an index of their own."""

    def lead(self, requests: Requests) -> Requests:
        # Not as a parameter: SQLite would not know the index's expression again.
        hundred = Func(template="100", output_field=IntegerField())
        least = self.lookups["status__gte"]
        found = requests.alias(status_class=F("status") / hundred)
        return found.filter(status__gte=400, status_class=least // 100)


@dataclass(frozen=True)
class OneOf(Narrowing):
    """A word that is one of several, which have an index of their own, with those for
    which `kept` holds."""

    kept: dict[str, Any]

    def lead(self, requests: Requests) -> Requests:
        words = self.lookups[f"{self.field}__in"]
        found = requests.alias(is_one=one_of(self.field, words))
        return found.filter(**self.kept, is_one=1)


class Marked(Narrowing):
    """An answer that is not whole: the index has only those."""

    def lead(self, requests: Requests) -> Requests:
        return super().lead(requests.filter(answer__lt=Extent.NONE))


def leader(narrowings: Iterable[Narrowing]) -> Narrowing | None:
    indexed = [one for one in narrowings if one.rank != NO_INDEX]
    return min(indexed, key=lambda one: one.rank, default=None)
