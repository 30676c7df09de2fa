"""How one process stands at the moment: what the others cannot see of it."""

import time

from msgspec import Struct

from chat.access import watch
from chat.access.budgets import MILLION, SERVICE
from chat.answers.shelf import shelf
from chat.exchange.audience import count_alone
from chat.exchange.register import open_exchanges
from chat.gate import gate, report
from chat.metrics import labels, process
from chat.requestlog import journal


class LaneStanding(Struct):
    """`open` and `limit` are of all who share the lane, `waiting` of this process."""

    model: str
    account: str
    open: int
    waiting: int
    limit: int | None
    is_shut: bool


class BudgetStanding(Struct):
    """In US dollars."""

    whose: str
    period: str
    limit: float
    left: float


class Standing(Struct):
    """`database` and `redis` say whether they answer; None where there is none.
    `silent` is for how many seconds the log could not be written."""

    open: int
    waiting: int
    alone: int  # answers that go on though nobody hears them
    kept: int  # answers that may be asked for again
    kept_bytes: int
    lanes: list[LaneStanding]
    budgets: list[BudgetStanding]
    database: bool
    redis: bool | None
    silent: float
    spooled: int
    in_memory: int
    is_closing: bool  # about to stop
    process: process.Figures


def take(is_closing: bool) -> Standing:
    """Return how this process stands; asks neither the database nor Redis."""
    seen = watch.current()
    log = journal.current()
    since = log.writer.silent_since if log else None
    lanes = _lanes()
    return Standing(
        open=len(open_exchanges),
        waiting=sum(lane.waiting for lane in lanes),
        alone=count_alone(),
        kept=shelf.kept,
        kept_bytes=shelf.size,
        lanes=lanes,
        budgets=_budgets(seen) if seen else [],
        database=since is None and (seen is None or seen.can_read),
        redis=_redis(seen),
        silent=0.0 if since is None else time.monotonic() - since,
        spooled=log.spool.waiting_bytes if log else 0,
        in_memory=len(log.spool.in_memory) if log else 0,
        is_closing=is_closing,
        process=process.read(),
    )


def _lanes() -> list[LaneStanding]:
    """One for each model that is known and key of Z.AI's; the rest is put together."""
    found: dict[tuple[str, str], LaneStanding] = {}
    for one in report.reports():
        model, account = labels.model_label(one.model), str(one.account)
        is_known = model != labels.OTHER
        lane = found.setdefault(
            (model, account), LaneStanding(model, account, 0, 0, None, False)
        )
        lane.open += one.open
        lane.waiting += one.waiting
        lane.limit = one.limit if is_known else None
        lane.is_shut = lane.is_shut or bool(one.shut_code)
    return list(found.values())


def _budgets(seen: watch.Watch) -> list[BudgetStanding]:
    found = []
    for number, period, limit, spent in seen.nearing.budgets:
        if number == SERVICE:
            whose = "(service)"
        else:
            whose = labels.client_label(number or None)
        if whose != labels.OTHERS:
            left = max(0, limit - spent) / MILLION
            found.append(BudgetStanding(whose, period, limit / MILLION, left))
    return found


def _redis(seen: watch.Watch | None) -> bool | None:
    told = [gate.redis_counts(), seen.ledger.redis_counts if seen else None]
    known = [one for one in told if one is not None]
    return all(known) if known else None
