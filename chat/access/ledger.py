"""What open requests have taken of limits and budgets, in a process or in Redis."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from chat.access.claim import Claim, Held, Use
from chat.access.local import LocalLedger
from chat.access.shared import SharedLedger
from chat.access.sums import ReadHeld, ReadSums
from chat.redis.connections import connect
from chat.requestlog.sums import Sum


class Ledger(Protocol):
    """All-or-nothing claims of open requests.

    `hold`, `settle` and `release` may be called on any event loop, and all but `hold`
    on any thread; nothing but `hold` and the methods for threads waits.
    """

    @property
    def redis_counts(self) -> bool | None:
        """Whether Redis does; None where there is none."""
        ...

    async def hold(self, hold_id: str, claims: Sequence[Claim]) -> Held:
        """Take all `claims` for the request `hold_id`, or none.

        If several do not fit, the first that is spent is told, then the first at all.
        Where neither the database nor anybody else knows a sum, it is counted from
        nought until the database answers.
        """
        ...

    def settle(self, hold_id: str, charged: int) -> None:
        """The request has ended, and cost `charged` µUSD.

        Its places are free; its claims of budgets become `charged`, until the database
        has it. Does nothing for what is settled or not held.
        """
        ...

    def release(self, hold_id: str) -> None:
        """Nothing of it is to count. Does nothing for what is not held."""
        ...

    def committed(self, totals: Mapping[Sum, int], hold_ids: Iterable[str]) -> None:
        """The database has these requests' costs; and now so much in these sums.

        Called by a thread after each of its commits, in their order. Does not wait.
        """
        ...

    def refresh(self) -> None:
        """Look after what is counted; to be called on one thread every second.

        Reads sums that are in use and what other processes hold, forgets what is past;
        renews the lease in Redis, or finds out whether Redis is there again, which
        waits for half a second at most. Raises what the database raises.
        """
        ...

    def used(self, claims: Sequence[Claim]) -> list[Use]:
        """What is taken of each now, for the admin; on a thread. Raises nothing."""
        ...

    def problems(self) -> list[str]:
        """A sentence for each thing that is wrong, for /health/ready and the admin."""
        ...

    def close(self) -> None:
        """Give back all that is held, and leave Redis; on a thread. Raises nothing."""
        ...


def make_ledger(
    process: str, read_sums: ReadSums | None, read_held: ReadHeld | None
) -> Ledger:
    """Return a ledger that counts in Redis, where REDIS_URL names one; else here.

    Without `read_sums`, for there is no log, sums are counted in the process, from its
    start. `process` is a name that no other process has at the same time.
    """
    local = LocalLedger(read_sums, read_held)
    connections = connect()
    return SharedLedger(process, local, connections) if connections else local
