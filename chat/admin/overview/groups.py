"""How requests ended, in the colours of a chart: well, not whole, or whose fault."""

from dataclasses import dataclass

from chat.admin.overview.sums import Reason
from chat.ending import PARTLY as PARTS
from chat.ending import Ending, Extent, Whose


@dataclass(frozen=True)
class Group:
    """What one colour of a chart stands for; `whose` it is, of a failure."""

    kind: str
    name: str
    whose: Whose | None = None

    @property
    def filters(self) -> dict[str, str]:
        """Of the list, for its rows."""
        return _FILTERS.get(self.kind) or {"whose": str(self.whose)}


WELL = Group("completed", "Whole answers")
PARTLY = Group("partly", "Not whole")
LEFT = Group("left", "Left or stopped")
CALLER = Group("refused", "The caller’s request", Whose.CALLER)
ACCOUNT = Group("account", "Your account", Whose.ACCOUNT)
ZAI = Group("upstream", "Z.AI", Whose.ZAI)
SERVICE = Group("ours", "This service", Whose.SERVICE)
# From the bottom of a bar to its top
GROUPS = [WELL, PARTLY, LEFT, CALLER, ACCOUNT, ZAI, SERVICE]
FAILED = [ZAI, ACCOUNT, SERVICE, CALLER]

_BY_WHOSE: dict[str, Group] = {one.whose: one for one in GROUPS if one.whose}
# Of requests that an older version counted, which did not say whose a failure is.
_BY_ENDING: dict[str, Group] = {
    Ending.REFUSED: CALLER,
    Ending.UPSTREAM_REJECTED: ZAI,
    Ending.UPSTREAM_FAILED: ZAI,
    Ending.UPSTREAM_TIMEOUT: ZAI,
    Ending.INTERRUPTED: SERVICE,
    Ending.FAILED: SERVICE,
}
# Who stops an answer knows why.
GONE = [Ending.CLIENT_DISCONNECTED, Ending.FINISHED_ALONE, Ending.STOPPED]
NO_FAILURE = {Ending.COMPLETED, *GONE}
FAILING = set(Ending) - NO_FAILURE
_FILTERS: dict[str, dict[str, str]] = {
    WELL.kind: {"ending": str(Ending.COMPLETED), "answer": str(Extent.WHOLE)},
    PARTLY.kind: {"ending": str(Ending.COMPLETED), "answer": "partly"},
    LEFT.kind: {"ending__in": ",".join(GONE)},
    # An older version said of a stop that it was the service's.
    SERVICE.kind: {
        "whose": str(Whose.SERVICE),
        "ending__in": ",".join(sorted(FAILING)),
    },
}


def group_of(reason: Reason) -> Group:
    if reason.ending == Ending.COMPLETED:
        return PARTLY if reason.answer in PARTS else WELL
    if reason.ending in NO_FAILURE:
        return LEFT
    by_ending = _BY_ENDING.get(reason.ending, SERVICE)
    return _BY_WHOSE.get(reason.whose, by_ending)
