"""`manage.py simulator`: the stand-in for Z.AI, by itself."""

from argparse import ArgumentParser
from dataclasses import fields
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.simulator import Options
from chat.simulator.scenarios import TABLE
from chat.simulator.server import base_url, serve

_OPTIONS = [field for field in fields(Options) if field.name != "models"]


class Command(BaseCommand):
    help = "Serves a stand-in for Z.AI that answers, and fails, as Z.AI does."
    # It has to start whatever state the rest of the project is in.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        usual = Options()
        parser.add_argument("--host", default=usual.host)
        parser.add_argument("--port", type=int, default=usual.port)
        parser.add_argument(
            "--speed", type=float, default=usual.speed,
            help="2 is twice as fast as usual, 0 as fast as possible",
        )  # fmt: skip
        parser.add_argument(
            "--concurrency", default=usual.concurrency, metavar="N",
            help="answer 429/1302 above so many open requests of a key and model; "
            "5,3@20,8@40 is three after 20 seconds and eight after 40",
        )  # fmt: skip
        parser.add_argument(
            "--window", default=usual.window, metavar="N@SECONDS",
            help="answer 429/1308 above so many questions of a key in so many seconds; "
            "100@3600:1310 with another code",
        )  # fmt: skip
        parser.add_argument(
            "--scenario", dest="scenarios", action="append", default=[],
            metavar="NAME=VALUE", help="play it for every request; may be repeated",
        )  # fmt: skip
        parser.add_argument("--api-key", help="accept no other key")
        parser.add_argument("--certfile", help="serve over TLS")
        parser.add_argument("--keyfile")
        parser.add_argument("--log-level", default=usual.log_level)
        parser.add_argument(
            "--list", action="store_true", help="print the scenarios and stop"
        )

    def handle(self, *args: Any, **given: Any) -> None:
        if given["list"]:
            self._list()
            return
        options = Options(
            models=settings.ZAI_PROFILES,
            **{field.name: given[field.name] for field in _OPTIONS},
        )
        self._introduce(options)
        try:
            serve(options)
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("")

    def _introduce(self, options: Options) -> None:
        self.stdout.write(
            f"The stand-in for Z.AI listens at {base_url(options)}\n"
            f"Use it with  ZAI_BASE_URL={base_url(options)}  ZAI_API_KEY=any.key\n"
            "Type sim:help in a message for the failures it plays, "
            "or see manage.py simulator --list\n"
        )

    def _list(self) -> None:
        width = max(len(scenario.usage) for scenario in TABLE)
        for scenario in TABLE:
            self.stdout.write(f"{scenario.usage:{width}}  {scenario.sentence}")
