"""`manage.py quickstart`: from a fresh clone to a server that answers, in one command.

Whatever is there already stays as it is. The `.env` is written by manage.py, for no
command runs without one.
"""

import logging
import os
import secrets
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from chat.checks.loopback import is_loopback
from chat.simulator import Options, running
from config import dotenv, unusable

SIMULATOR_KEY = "simulator.key"


class Command(BaseCommand):
    help = "Prepares the database and an admin account, then runs the server."
    requires_system_checks = []  # runserver makes them, and again at each reload

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--simulator", action="store_true",
            help="without a key let the simulator answer others than this machine too",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        self._check_answers(options["simulator"])
        self._check_port()
        if problem := unusable.find_problem():
            raise CommandError(problem)
        call_command("migrate", verbosity=0)
        self._create_admin()
        with self._upstream():
            self._say_what_to_try()
            # The autoreloader starts its process with these words. A plain runserver
            # outlives code that cannot be imported, and does none of the above again.
            sys.argv[1:] = ["runserver"]
            call_command("runserver")

    def _check_answers(self, simulator_for_all: bool) -> None:
        """Others would take what the simulator makes up for the answers of a model."""
        for_others = settings.TRUSTED_PROXIES or not is_loopback(settings.HOST)
        if settings.ZAI_API_KEY or settings.DEBUG or not for_others:
            return
        if not simulator_for_all:
            raise CommandError(
                "There is no ZAI_API_KEY, and with DEBUG=false and "
                f"{self._way_in()} others would get the simulator's made-up answers. "
                f"Set ZAI_API_KEY in {dotenv.PATH}, or say that you want this: "
                "`make run ARGS=--simulator`."
            )

    @staticmethod
    def _way_in() -> str:
        if is_loopback(settings.HOST):
            return "TRUSTED_PROXIES"
        return f"HOST={settings.HOST}"

    def _check_port(self) -> None:
        family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
        try:
            address = (settings.HOST, settings.PORT)
            socket.create_server(address, family=family).close()
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise CommandError(
                f"Port {settings.PORT} of {settings.HOST} cannot be used ({reason}): "
                "choose another with `make run PORT=8001`."
            ) from None

    def _create_admin(self) -> None:
        users = get_user_model()._default_manager
        if users.filter(Q(is_superuser=True) | Q(username="admin")).exists():
            return
        password = secrets.token_urlsafe(12)
        users.create_superuser("admin", password=password)
        self._emphasize(
            "An admin account was made; its password is shown this once:",
            "  user      admin",
            f"  password  {password}",
        )

    @contextmanager
    def _upstream(self) -> Iterator[None]:
        """Have something to talk to; the server's process learns it by environment."""
        if settings.ZAI_API_KEY:
            self.stdout.write(f"Answers come from Z.AI at {settings.ZAI_BASE_URL}.\n\n")
            yield
            return
        # The simulator's server reports its start and end, which is said below.
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        with running(Options(models=settings.ZAI_PROFILES)) as simulator:
            os.environ["ZAI_BASE_URL"] = simulator.base_url
            os.environ["ZAI_API_KEY"] = SIMULATOR_KEY
            self._emphasize(
                "SIMULATOR: there is no ZAI_API_KEY, so a built-in stand-in answers.",
                f"For Z.AI's models set ZAI_API_KEY in {dotenv.PATH}",
                "and start again.",
            )
            yield

    def _say_what_to_try(self) -> None:
        host = "127.0.0.1" if settings.HOST == "0.0.0.0" else settings.HOST  # noqa: S104
        url = f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}/"
        body = '{"messages":[{"role":"user","content":"Hello"}]}'
        header = "Content-Type: application/json"
        page = "" if settings.CHAT_PAGE == "off" else f"open\n\n  {url}\n\nor "
        self.stdout.write(
            f"Once the server runs, {page}try it from another terminal:\n\n"
            f"  curl -N {url}api/chat -H '{header}' -d '{body}'\n\n"
        )

    def _emphasize(self, *lines: str) -> None:
        rule = "-" * max(map(len, lines))
        self.stdout.write(self.style.WARNING("\n".join([rule, *lines, rule])) + "\n\n")
