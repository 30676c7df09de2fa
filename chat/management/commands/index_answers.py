"""`manage.py index_answers`: have the search find answers that are there already."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Q

from chat.models import RequestText
from chat.requestlog import answer_words

AT_ONCE = 200
SAY_EVERY = 10_000


class Command(BaseCommand):
    help = (
        "Has the admin's search find the answers that were stored before "
        "ADMIN_SEARCH_ANSWERS was switched on. May be stopped, and begun again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--clear", action="store_true", help="forget the words of all answers"
        )

    def handle(self, *args: Any, **given: Any) -> None:
        if not answer_words.is_there():
            raise CommandError("There is no table for them: see `manage.py migrate`.")
        if given["clear"]:
            answer_words.clear()
            self.stdout.write(self.style.SUCCESS("The words are gone."))
            return
        if not settings.ADMIN_SEARCH_ANSWERS:
            raise CommandError("ADMIN_SEARCH_ANSWERS is false: nobody would find them.")
        count = self._index()
        self.stdout.write(self.style.SUCCESS(f"Done: {count:,} answers are found."))

    def _index(self) -> int:
        """The oldest first, a slice in each transaction."""
        texts = RequestText.objects.exclude(answer=None).order_by("created_at", "pk")
        found = texts.values_list("pk", "created_at", "answer__body__content")
        done, said = 0, SAY_EVERY
        here = found
        while some := list(here[:AT_ONCE]):
            answers = [one for one in some if isinstance(one[2], str) and one[2]]
            with transaction.atomic(), connection.cursor() as cursor:
                answer_words.insert(cursor, answers)
            done += len(answers)
            key, at, _ = some[-1]
            here = found.filter(Q(created_at=at, pk__gt=key) | Q(created_at__gt=at))
            if done >= said:
                said += SAY_EVERY
                self.stdout.write(f"{done:,} ...")
        return done
