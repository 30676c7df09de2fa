"""`manage.py forget`: take a person out of the log of requests."""

import logging
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.models import RequestLog
from chat.requestlog import forgetting
from chat.requestlog.spool import Spool
from chat.requestlog.store import Store

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Deletes every request of a user, with all that was said in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user_id", help="as the requests carried it")
        parser.add_argument(
            "--keep-figures", action="store_true",
            help="keep the requests without text, user, address and user agent",
        )  # fmt: skip
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **given: Any) -> None:
        user_id, keep = given["user_id"], given["keep_figures"]
        _store_what_dead_processes_left()
        count = forgetting.of_user(user_id).count()
        self.stdout.write(f"{user_id} made {_requests(count)} that have ended.")
        if count and not given["yes"]:
            self._ask("Blank" if keep else "Delete")
        forget = forgetting.blank_requests if keep else forgetting.delete_requests
        done = forgetting.forget_user(user_id, forget, self._say)
        word = "blanked" if keep else "deleted"
        self.stdout.write(self.style.SUCCESS(f"{_requests(done)} {word}."))
        # Not whom: they would stay known in the log.
        logger.info("A person was forgotten: %s %s.", _requests(done), word)
        self._warn_of_what_runs(user_id)

    def _ask(self, what: str) -> None:
        try:
            answer = input(f"{what} them, with all that was said? [y/N] ")
        except EOFError:
            raise CommandError("Nobody is there to answer; use --yes.") from None
        if answer.strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was changed.")

    def _say(self, so_far: int) -> None:
        self.stdout.write(f"{so_far:,} ...")

    def _warn_of_what_runs(self, user_id: str) -> None:
        running = RequestLog.objects.filter(user_id=user_id, ending=None).count()
        if running:
            self.stdout.write(
                self.style.WARNING(
                    f"{_requests(running)} still running: run this again afterwards."
                )
            )


def _store_what_dead_processes_left() -> None:
    """It would bring people back when the service is started again."""
    name = f"forget-{os.getpid():x}"
    spool = Spool(Path(settings.CHAT_SPOOL_DIR), name, settings.CHAT_SPOOL_MAX_BYTES)
    store = Store(spool.aside.add)
    spool.adopt()
    while spool.has_any:
        spool.write_some(store.write)


def _requests(count: int) -> str:
    return f"{count:,} request" if count == 1 else f"{count:,} requests"
