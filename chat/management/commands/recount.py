"""`manage.py recount`: who asked, and why it failed, before that was counted."""

from typing import Any

from django.core.management.base import BaseCommand

from chat.requestlog.recounting import days_to_recount, recount


class Command(BaseCommand):
    help = (
        "Works out the sums of callers and of reasons for the days before they were"
        " counted, from the rows that are there; may be broken off and repeated."
    )

    def handle(self, *args: Any, **given: Any) -> None:
        total = 0
        for day in days_to_recount():
            count = recount(day)
            total += count
            self.stdout.write(f"{day:%Y-%m-%d}: {count:,} requests")
        self.stdout.write(self.style.SUCCESS(f"Done: {total:,} requests."))
