"""What the processes tell each other of their lanes to Z.AI, for whoever watches."""

import time
from datetime import timedelta

from django.db.models.functions import Now

from chat.gate import report
from chat.gate.report import Report
from chat.models import LaneReport

# What has not changed is told again so often; who has told nothing for longer is gone.
SECONDS_BETWEEN_REPORTS = 10.0
SILENCE = timedelta(seconds=30)
KEPT = timedelta(hours=1)
MOST = 500
Name = tuple[str, int]


class Lanes:
    """Those of this process, told in each beat if they have changed."""

    def __init__(self, process: str) -> None:
        self._process = process
        self._told: dict[Name, Report] = {}
        self._told_at = 0.0

    def tell(self) -> None:
        """Write down what has changed; and open what an operator wants opened.

        Raises what the database raises.
        """
        found = {
            (one.model, one.account): one
            for one in report.reports()
            if one.is_of_interest or (one.model, one.account) in self._told
        }
        is_time = time.monotonic() - self._told_at >= SECONDS_BETWEEN_REPORTS
        changed = [
            r for name, r in found.items() if is_time or self._told.get(name) != r
        ]
        if changed:
            self._write(changed)
        if is_time and found:
            self._told_at = time.monotonic()
            LaneReport.objects.filter(seen_at__lt=Now() - KEPT).delete()
        self._told = found
        if any(one.shut_code for one in found.values()):
            self._open_what_is_wanted()

    def _write(self, changed: list[Report]) -> None:
        LaneReport.objects.bulk_create(
            [self._row(one) for one in changed],
            update_conflicts=True,
            unique_fields=["process", "model", "account"],
            update_fields=FIELDS,
        )

    def _row(self, one: Report) -> LaneReport:
        return LaneReport(
            process=self._process,
            model=one.model,
            account=one.account,
            seen_at=Now(),
            limit=one.limit,
            highest=one.highest,
            open=one.open,
            waiting=one.waiting,
            hold_ms=None if one.hold is None else round(one.hold * 1000),
            shut_code=one.shut_code,
            shut_message=one.shut_message,
            shut_since=one.shut_since,
            shut_until=one.shut_until,
        )

    def _open_what_is_wanted(self) -> None:
        mine = LaneReport.objects.filter(process=self._process, reopen=True)
        for model, account in list(mine.values_list("model", "account")):
            report.open_by_hand(model, account)
            mine.filter(model=model, account=account).update(reopen=False)


FIELDS = [
    field.name
    for field in LaneReport._meta.fields
    if field.name not in ("id", "process", "model", "account", "reopen")
]


def living() -> list[LaneReport]:
    """Return what the processes told that live, those of one lane together; not more
    than can be read, for callers may think names of models up."""
    found = LaneReport.objects.filter(seen_at__gte=Now() - SILENCE)
    return list(found.order_by("model", "account", "process")[:MOST])
