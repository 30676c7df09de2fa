"""The ledger of one process: exact in it, and with what it reads of the others."""

import asyncio
import logging
import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence

from chat.access.claim import Claim, Held, Use, What
from chat.access.holds import Holds
from chat.access.rates import Rates
from chat.access.shortage import Figures, find_short
from chat.access.sums import NEVER, SECONDS_FRESH, ReadHeld, ReadSums, Sums, complete
from chat.requestlog.sums import Sum

logger = logging.getLogger(__name__)

# A request waits no longer for what the database has of its budgets.
SECONDS_TO_READ = 2.0
SECONDS_BETWEEN_TRIES = 2.0
NOTHING = (0, 0)
RATE = What.RATE  # looked up for each claim of each request


class LocalLedger:
    """Without `read_sums` nothing is added up in the database: sums are counted here,
    from the start of the process."""

    redis_counts: bool | None = None

    def __init__(self, read_sums: ReadSums | None, read_held: ReadHeld | None) -> None:
        self.lock = threading.Lock()
        # Below: with the lock only.
        self.holds = Holds()
        self.rates = Rates()
        self.sums = Sums()
        # What became of sums, by name, for those who want to know it; or None.
        self.totals: dict[str, int] | None = None
        self._others: Mapping[str, int] = {}

        self._read_sums = read_sums
        self._read_held = read_held
        self._reading = threading.Lock()
        self._unread_since: float | None = None
        self._last_try = 0.0

    async def hold(self, hold_id: str, claims: Sequence[Claim]) -> Held:
        since = time.monotonic() - SECONDS_FRESH
        sums = [claim.sum for claim in claims if claim.sum is not None]
        with self.lock:
            unread = self._unread(sums, since)
            if not unread:
                return self._take(hold_id, claims)
        await self.know(unread, since)
        with self.lock:
            return self._take(hold_id, claims)

    def settle(self, hold_id: str, charged: int) -> None:
        with self.lock:
            hold = self.holds.settle(hold_id, charged)
            if hold and self._read_sums is None:
                totals = {of: self.sums.add(of, charged) for of, _ in hold.budgets}
                self._note(totals)
                self.holds.release(hold_id)

    def release(self, hold_id: str) -> None:
        with self.lock:
            self.holds.release(hold_id)

    def committed(self, totals: Mapping[Sum, int], hold_ids: Iterable[str]) -> None:
        with self.lock:
            self.sums.raise_to(totals)
            self._note(totals)
            for hold_id in hold_ids:
                self.holds.release(hold_id)

    def refresh(self) -> None:
        self.forget()
        if self._read_held:
            others = self._read_held()
            with self.lock:
                self._others = others
        if self._read_sums:
            with self.lock:
                in_use = self.sums.in_use()
            if in_use:
                self._read(self._read_sums, in_use)

    def forget(self) -> None:
        """Forget what is past, or too old, or too much."""
        with self.lock:
            self.sums.forget(unused=self._read_sums is not None)
            forgotten = self.holds.forget_oldest()
            is_first = forgotten == self.holds.forgotten
        if forgotten and is_first:
            logger.error("%d requests %s", forgotten, _FORGOTTEN)

    def used(self, claims: Sequence[Claim]) -> list[Use]:
        since = time.monotonic() - SECONDS_FRESH
        self._try_to_read([claim.sum for claim in claims if claim.sum], since)
        with self.lock:
            return [self._use(claim) for claim in claims]

    def problems(self) -> list[str]:
        found = []
        if (since := self._unread_since) is not None:
            seconds = time.monotonic() - since
            found.append(
                f"What was spent could not be read for {seconds:.0f} s: budgets go by"
                " what was known before."
            )
        if forgotten := self.holds.forgotten:
            found.append(f"{forgotten} requests {_FORGOTTEN}")
        return found

    def close(self) -> None:
        """Nobody else knows of what is held here."""

    async def know(self, sums: Collection[Sum], since: float) -> None:
        """Have `sums` read from the database, unless that was done `since`; but not
        for long: what was never read is counted from nought until it can be."""
        # Where one waits in vain already, others would take all threads there are.
        if self._unread_since is None or not self._reading.locked():
            try:
                async with asyncio.timeout(SECONDS_TO_READ):
                    await asyncio.to_thread(self._try_to_read, sums, since)
            except TimeoutError:
                self._note_unread("it took too long")
        with self.lock:
            for of in sums:
                if self.sums.total(of) is None:
                    self.sums.add(of, 0)

    def pass_on(self, sums: Iterable[Sum]) -> None:
        """Note what is known of `sums` for those who want to know it; with the lock."""
        self._note({of: self.sums.total(of) or 0 for of in sums})

    def forget_others(self) -> None:
        """Somebody counts them with ours; with the lock."""
        self._others = {}

    def _take(self, hold_id: str, claims: Sequence[Claim]) -> Held:
        if not all(map(self._has_room, claims)):
            figures = [self._figures(claim) for claim in claims]
            quotas = tuple(one.quota for one in figures if one.quota)
            return Held(find_short(claims, figures), quotas)
        self.holds.take(hold_id, claims)
        count = self.rates.count
        counted = [count(one.name, one.limit) for one in claims if one.what is RATE]
        return Held(None, tuple(counted))

    def _has_room(self, claim: Claim) -> bool:
        """As `fits` says of its figures, which need not be made for most requests."""
        name = claim.name
        if claim.what is RATE:
            return self.rates.has_room(name, claim.limit)
        held, charged = self.holds.amounts.get(name, NOTHING)
        taken = held + self._others.get(name, 0) + claim.amount
        if claim.sum is not None:
            taken += charged + (self.sums.total(claim.sum) or 0)
        return taken <= claim.limit

    def _figures(self, claim: Claim) -> Figures:
        name = claim.name
        if claim.what is RATE:
            quota = self.rates.look(name, claim.limit)
            return Figures(claim.limit - quota.remaining, 0, quota)
        held = self.holds.held(name) + self._others.get(name, 0)
        if claim.sum is None:
            return Figures(held)
        settled = (self.sums.total(claim.sum) or 0) + self.holds.charged(name)
        return Figures(held, settled)

    def _use(self, claim: Claim) -> Use:
        if claim.what is RATE:
            return Use(self.rates.taken(claim.name))
        held = self.holds.held(claim.name) + self._others.get(claim.name, 0)
        if claim.sum is None:
            return Use(held)
        return Use(held + self.holds.charged(claim.name), self.sums.total(claim.sum))

    def _unread(self, sums: Collection[Sum], since: float) -> list[Sum]:
        """Return those that are to be asked for; with the lock."""
        if self._read_sums is None:
            for of in sums:
                self.sums.add(of, 0)
            return []
        if self._unread_since is not None:  # then only what is not known at all
            return [of for of in sums if self.sums.use(of, NEVER) is None]
        return [of for of in sums if self.sums.use(of, since) is None]

    def _try_to_read(self, sums: Collection[Sum], since: float) -> None:
        """On a thread; one at a time, for what one has read the next need not."""
        if self._read_sums is None:
            return
        if not self._reading.acquire(timeout=SECONDS_TO_READ):
            return
        try:
            with self.lock:
                unread = self._unread(sums, since)
            tried = time.monotonic() - self._last_try < SECONDS_BETWEEN_TRIES
            if unread and not (tried and self._unread_since is not None):
                self._read(self._read_sums, unread)
        except Exception as error:  # of a driver, a pool: reason enough
            logger.debug("What was spent could not be read: %r", error)
        finally:
            self._reading.release()

    def _read(self, read_sums: ReadSums, sums: Collection[Sum]) -> None:
        asked_at = self._last_try = time.monotonic()
        try:
            totals = complete(sums, read_sums(sums))
        except Exception as error:
            self._note_unread(type(error).__name__)
            raise
        with self.lock:
            self.sums.learn(totals, asked_at)
            self._note(totals)
        self._unread_since = None

    def _note(self, totals: Mapping[Sum, int]) -> None:
        if self.totals is not None:
            for of, total in totals.items():
                self.totals[of.name] = max(total, self.totals.get(of.name, 0))

    def _note_unread(self, why: str) -> None:
        if self._unread_since is None:
            self._unread_since = time.monotonic()
            logger.warning("What was spent could not be read: %s", why)


_FORGOTTEN = (
    "are held no longer: they were open for a day, or the database never had their"
    " cost."
)
