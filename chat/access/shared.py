"""The ledger of all processes, in Redis; while that is away each counts for itself.

A single Redis, or one with replicas behind one address. All keys have one hash tag, but
this does not speak the protocol of a cluster.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence

from chat.access import scripts
from chat.access.claim import Claim, Held, Use, What
from chat.access.courier import Courier
from chat.access.local import LocalLedger
from chat.access.message import Found, key_of, write_amounts
from chat.redis import library as redis
from chat.redis.connections import Connections
from chat.redis.lease import Lease
from chat.requestlog.sums import Sum

logger = logging.getLogger(__name__)

# Of a hold whose sums Redis does not have, or does not have any more.
TRIES = 3
SECONDS_BETWEEN_KEEPING = scripts.SECONDS_TO_KEEP / 5


class SharedLedger:
    """What this process holds is in `local` too, which counts while Redis is away.

    Whatever goes wrong, the lease is given up; the next `refresh` takes another, and
    puts there what is held.
    """

    def __init__(
        self, process: str, local: LocalLedger, connections: Connections
    ) -> None:
        self._local = local
        self._lock = local.lock
        self._connections = connections
        self._lease = Lease(
            process,
            away="Redis does not count",
            alone="each process counts limits for itself",
            together="Redis counts limits for all processes again.",
        )
        self._courier = Courier(local, self._lease, connections)
        self._next_keeping = 0.0
        self._is_closed = False

    @property
    def redis_counts(self) -> bool | None:
        return self._lease.counts

    async def hold(self, hold_id: str, claims: Sequence[Claim]) -> Held:
        since = time.monotonic()
        for _ in range(TRIES):
            outcome = await self._courier.ask(hold_id, claims)
            if outcome is None:
                break
            if isinstance(outcome, Held):
                return outcome
            await self._local.know(outcome.sums, since)
            with self._lock:
                self._local.pass_on(outcome.sums)
        return await self._local.hold(hold_id, claims)

    def settle(self, hold_id: str, charged: int) -> None:
        self._local.settle(hold_id, charged)
        self._courier.send_soon()

    def release(self, hold_id: str) -> None:
        self._local.release(hold_id)
        self._courier.send_soon()

    def committed(self, totals: Mapping[Sum, int], hold_ids: Iterable[str]) -> None:
        """Sent with the next message: until then Redis has as charged what it will have
        as spent."""
        self._local.committed(totals, hold_ids)

    def refresh(self) -> None:
        if self._lease.counts:
            self._renew()
        if not self._lease.counts:
            self._join()
        if self._lease.counts:
            self._local.forget()
        else:
            self._local.refresh()

    def used(self, claims: Sequence[Claim]) -> list[Use]:
        told = self._courier.tell(claims)
        if told is None:
            return self._local.used(claims)
        return list(map(_use, told[0].found))

    def problems(self) -> list[str]:
        with self._lock:
            return [*self._local.problems(), *self._lease.problems()]

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            name = self._lease.name
            self._lease.give_up(None)
            self._local.holds.changes = None
        try:
            if name:
                self._connections.for_threads.delete(key_of(name))
        except (redis.RedisError, OSError) as error:
            logger.debug("A lease runs out: %s", self._connections.reason(error))
        finally:
            self._connections.for_threads.close()

    def _renew(self) -> None:
        """Every message does; this one is there if no other is."""
        names: list[str] = []
        if (now := time.monotonic()) >= self._next_keeping:
            self._next_keeping = now + SECONDS_BETWEEN_KEEPING
            with self._lock:
                names = list(self._local.holds.amounts)
        told = self._courier.tell(names=names)
        if told and told[1] < len(names):
            logger.warning("Redis has dropped some of what is held: it is told anew.")
            with self._lock:
                self._lease.give_up(None)
                self._local.holds.changes = None

    def _join(self) -> None:
        """Take a lease, and put all that is held under it."""
        client = self._connections.for_threads
        try:
            # Who does not answer might yet do later what it is sent now.
            client.ping()
        except (redis.RedisError, OSError) as error:
            with self._lock:
                self._lease.give_up(self._connections.reason(error))
            return
        with self._lock:
            if self._is_closed:
                return
            name = self._lease.begin()
            content = write_amounts(self._local.holds.amounts)
            self._local.holds.changes = {}
            keys = list(map(key_of, [name, *self._lease.doubtful]))
        reason = None
        try:
            self._connections.run_here(scripts.JOIN, keys, content)
        except (redis.RedisError, OSError) as error:
            reason = self._connections.reason(error)
        with self._lock:
            if self._lease.name != name:
                return  # closed meanwhile
            if reason is not None:
                self._lease.give_up(reason)
                self._local.holds.changes = None
                return
            self._lease.succeed()
            self._local.forget_others()
            self._next_keeping = time.monotonic() + SECONDS_BETWEEN_KEEPING


def _use(found: Found) -> Use:
    claim, held, charged, spent = found
    if claim.what is not What.BUDGET:
        return Use(held)
    return Use(held + charged, None if spent < 0 else spent)
