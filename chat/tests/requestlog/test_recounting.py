"""Sums of the time before they were kept, worked out from the rows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from chat.models import CallerTally, EndingTally, ReasonTally, Span
from chat.requestlog.recounting import days_to_recount
from chat.tests import rows
from chat.tests.requestlog.making import closing, record, store
from chat.tests.requestlog.sums import tallies_agree

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def test_what_an_older_version_did_not_count_is_counted_once() -> None:
    for days in (0, 1, 1, 4):
        made = record(created_at=NOW - days * DAY, user_id="anna", client_id=2)
        failed = {"ending": "upstream_failed", "whose": "zai", "answer": "broken_off"}
        guess = {"charged_usd": 1, "is_estimated": True}
        store().write([closing(made, **failed, **guess)])
    assert tallies_agree()
    yesterday = NOW.replace(hour=23, minute=59) - DAY
    for model in (CallerTally, ReasonTally):
        model.objects.filter(at__lte=yesterday).exclude(span=Span.MINUTE).delete()
    EndingTally.objects.filter(at__lte=yesterday, span=Span.HOUR).update(
        estimated_usd=None
    )
    call_command("recount", verbosity=0)
    call_command("recount", verbosity=0)
    assert tallies_agree()


def test_where_nothing_was_asked_nothing_is_to_be_counted() -> None:
    assert days_to_recount() == []
    rows.row(created_at=NOW - 2 * DAY)
    rows.open_row(created_at=NOW - 2 * DAY)
    assert len(days_to_recount()) == 3
    call_command("recount", verbosity=0)
    assert CallerTally.objects.get(kind="client", span=86_400).requests == 1
