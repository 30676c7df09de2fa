"""How the lanes of this process stand, for those who look from another thread."""

import time
from datetime import UTC, datetime

from django.conf import settings
from msgspec import Struct

from chat.gate import closing
from chat.gate.gate import gates
from chat.gate.gate import problems as alone
from chat.gate.lane import Lane


class Report(Struct, frozen=True):
    """Of one lane. `account` is 1 for ZAI_API_KEY, and so on for ZAI_API_KEYS; `hold`
    is for how many seconds a slot is held, about. `shut_…` is None while it is open,
    and `shut_until` once the next request is to find out; times are UTC."""

    model: str
    account: int
    limit: int
    highest: int | None
    open: int
    waiting: int
    hold: float | None = None
    shut_code: str | None = None
    shut_message: str | None = None
    shut_since: datetime | None = None
    shut_until: datetime | None = None

    @property
    def is_of_interest(self) -> bool:
        """Whether anybody is in it, or it is shut."""
        return bool(self.open or self.waiting or self.shut_code)


def reports() -> list[Report]:
    """Return one for each lane of this process."""
    return [_report(key, lane) for gate in gates() for key, lane in gate.lanes()]


def problems() -> list[str]:
    """Return a sentence for each lane that is shut, and if Redis is away."""
    shut = [shut_sentence(report) for report in reports() if report.shut_code]
    return [*shut, *alone()]


def shut_sentence(report: Report) -> str:
    """Say why a lane is shut and until when; its code is not None."""
    account = f" with key {report.account}" if report.account > 1 else ""
    return (
        f"Z.AI is not asked for {report.model}{account} until"
        f" {say_until(report.shut_until)}: it said {report.shut_code}."
        f" {report.shut_message}"
    )


def say_until(moment: datetime | None) -> str:
    """Say until when a lane is shut."""
    if moment is None:
        return "the next request finds out whether that is over"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def open_by_hand(model: str, account: int) -> None:
    """Have this process ask Z.AI again, whatever it said."""
    for gate in gates():
        for key, lane in gate.lanes():
            if lane.model == model and account_of(key) == account:
                gate.call(lane.open_by_hand)


def account_of(key: str) -> int:
    """Return which of the keys it is, from 1; 0 for one that is not there any more."""
    keys = [settings.ZAI_API_KEY, *settings.ZAI_API_KEYS]
    return keys.index(key) + 1 if key in keys else 0


def _report(key: str, lane: Lane) -> Report:
    state = lane.state
    closure = state.closure if closing.refusal_by(state) else None
    is_over = closure is not None and closure.until <= time.time()
    return Report(
        model=lane.model,
        account=account_of(key),
        limit=lane.limit,
        highest=lane.highest,
        open=lane.own_open,
        waiting=lane.waiting,
        hold=state.hold,
        shut_code=closure.code if closure else None,
        shut_message=closure.message if closure else None,
        shut_since=_moment(closure.since) if closure else None,
        shut_until=_moment(closure.until) if closure and not is_over else None,
    )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
