"""`manage.py move_database`: from SQLite to PostgreSQL, all of it, and compared."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from chat.management import moving
from config.environment import Environment

VARIABLE = "NEW_DATABASE_URL"


class Command(BaseCommand):
    help = (
        "Moves everything from the database of DATABASE_URL into another, an empty one,"
        f" whose address is in {VARIABLE}, and compares both row by row. The service"
        " has to be stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only-compare", action="store_true", help="move nothing, and compare"
        )

    def handle(self, *args: Any, only_compare: bool, **given: Any) -> None:
        environment = Environment(os.environ)
        if not os.environ.get(VARIABLE):
            raise CommandError(f"{VARIABLE} has to be set: it holds a password.")
        moving.connect_to(environment.database(VARIABLE, "sqlite:///unused"))
        if not only_compare:
            self._move()
        if differing := list(moving.compare()):
            names = ", ".join(differing)
            raise CommandError(f"These are not the same in both: {names}")
        self.stdout.write(self.style.SUCCESS("Both have the same, row by row."))

    def _move(self) -> None:
        call_command("migrate", database=moving.TO, verbosity=0)
        try:
            moving.check_that_it_is_empty()
        except moving.CannotMove as error:
            raise CommandError(str(error)) from error
        for name, count in moving.move():
            if count:
                self.stdout.write(f"{name}: {count:,} rows")
