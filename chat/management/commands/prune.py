"""`manage.py prune`: delete what is older than it is to be kept, now."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from chat.requestlog import retention

AT_ONCE = 200
SAY_EVERY = 2000


class Command(BaseCommand):
    help = (
        "Deletes texts older than CHAT_TEXT_DAYS and requests older than "
        "CHAT_LOG_DAYS. The service does so by itself, a little at a time; this is for "
        "who has just lowered them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would go, and delete none"
        )

    def handle(self, *args: Any, **given: Any) -> None:
        rows = retention.old_rows().count()
        # Those of the requests go with them.
        texts = retention.old_texts().exclude(request__in=retention.old_rows()).count()
        self._say("CHAT_LOG_DAYS", settings.CHAT_LOG_DAYS, "requests", rows)
        self._say("CHAT_TEXT_DAYS", settings.CHAT_TEXT_DAYS, "further texts", texts)
        if given["dry_run"]:
            self.stdout.write("Nothing was deleted.")
        else:
            self._prune(rows + texts)

    def _say(self, name: str, days: int, what: str, count: int) -> None:
        kept = f"{days:,} days" if days else "for ever"
        self.stdout.write(f"{name} keeps {kept}: {what} to delete: {count:,}.")

    def _prune(self, expected: int) -> None:
        done = said = 0
        while some := retention.prune_some(AT_ONCE):
            done += some
            if done - said >= SAY_EVERY and done < expected:
                said = done
                self.stdout.write(f"{done:,} of {expected:,} deleted ...")
        if left := retention.old_rows().count() + retention.old_texts().count():
            self.stdout.write(
                f"{left:,} are left: the service is deleting at this moment too."
            )
        self.stdout.write(self.style.SUCCESS("Done."))
