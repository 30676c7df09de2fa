"""`manage.py doctor`: does what is streamed reach the caller as it is sent?"""

import asyncio
import os
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from yarl import URL

from chat.doctor.asker import Asker
from chat.doctor.examination import Report, examine
from chat.doctor.order import MOST_SECONDS
from chat.doctor.report import as_json, as_text
from chat.doctor.simulated import examine_simulated

HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
HEADER_VALUE = re.compile(r"[ -~]*")
LONGEST_SILENCE = MOST_SECONDS - 60


class Command(BaseCommand):
    help = (
        "Asks the service at its public address, as a browser would, and says what "
        "holds streams back, cuts them or keeps it from hearing who left, each with "
        "what mends it. Costs no tokens. Exit status: 0 all is well, 1 there are "
        "problems, 2 it could not be examined."
    )
    # It needs nothing but the SECRET_KEY.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "url", type=_address, help="such as https://my.site/api/chat"
        )
        parser.add_argument(
            "--origin", type=_origin,
            help="of a page that calls it from the browser: https://my.site",
        )  # fmt: skip
        parser.add_argument(
            "--silence", type=_silence, default=40.0, metavar="SECONDS",
            help="how long to be silent, to see whether that is cut (40; 0: not)",
        )  # fmt: skip
        parser.add_argument(
            "--timeout", type=_timeout, default=15.0, metavar="SECONDS",
            help="how long to wait for what was to have come (15)",
        )  # fmt: skip
        parser.add_argument(
            "--ca", default="", metavar="FILE",
            help="certificates of an authority that browsers do not know",
        )  # fmt: skip
        parser.add_argument(
            "--simulator", action="store_true",
            help="the service runs on the simulator: needs no SECRET_KEY, tells less",
        )  # fmt: skip
        parser.add_argument(
            "--header", type=_header, action="append", default=[],
            metavar="'NAME: VALUE'",
            help="sent along, to what asks for a login or a key; may be given again",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **given: Any) -> None:
        try:
            report = asyncio.run(self._examine(given))
            self.stdout.write(as_json(report) if given["json"] else as_text(report))
            self.stdout.flush()
        except KeyboardInterrupt:
            sys.exit(130)
        except BrokenPipeError:  # whoever reads has enough, such as `head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(141)
        sys.exit(report.exit_status)

    async def _examine(self, given: dict[str, Any]) -> Report:
        try:
            asker = Asker(
                given["url"],
                given["origin"] or "",
                given["timeout"],
                given["ca"],
                dict(given["header"]),
            )
        except OSError as error:
            message = f"--ca {given['ca']}: {error}"
            raise CommandError(message, returncode=2) from error
        async with asker:
            if given["simulator"]:
                return await examine_simulated(asker, self._say)
            return await examine(asker, given["silence"], self._say)

    def _say(self, line: str) -> None:
        self.stderr.write(line, self.style.NOTICE)


def _address(text: str) -> str:
    try:
        url = URL(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no address: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ArgumentTypeError(
            f"an address begins with https:// or http://, unlike {text}"
        )
    if url.user or url.password:
        raise ArgumentTypeError("an address with a password is shown, and so not taken")
    return text


def _origin(text: str) -> str:
    if str(URL(_address(text)).origin()) != text:
        raise ArgumentTypeError(
            f"an origin is scheme, host and port alone, as browsers send it: "
            f"{URL(text).origin()}"
        )
    return text


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (colon and HEADER_NAME.fullmatch(name) and HEADER_VALUE.fullmatch(value)):
        raise ArgumentTypeError("a header is 'NAME: VALUE', on one line, in ASCII")
    return name.title(), value.strip()


def _silence(text: str) -> float:
    return _within(text, 0, LONGEST_SILENCE)


def _timeout(text: str) -> float:
    return _within(text, 1, 600)


def _within(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise ArgumentTypeError(f"a number from {least:g} to {most:g}, not {text}")
    return value
