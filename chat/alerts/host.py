"""Alerts in a file that the processes of a host share: of what the database may be the
matter with."""

import logging
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from chat.alerts.condition import Condition
from chat.alerts.message import Message, Taken
from chat.alerts.shared import untold_sentence
from chat.alerts.trying import LEASE, MOST_TRIES, wait_after
from chat.requestlog.locks import locked

logger = logging.getLogger(__name__)

# Written in place, and so on a full disk too.
FILE_BYTES = 4_096


class Episode(Struct):
    """As models.Alert has it."""

    condition: str
    title: str
    said: str
    began_at: datetime
    seen_at: datetime
    next_try_at: datetime
    ended_at: datetime | None = None
    begin_told: bool = False
    end_told: bool = False
    tries: int = 0
    problem: str = ""
    given_up: bool = False

    @property
    def is_pending(self) -> bool:
        untold = not self.begin_told or (self.ended_at and not self.end_told)
        return bool(untold) and not self.given_up


Episodes = dict[str, Episode]


class OfTheHost:
    """A ledger. Where the file cannot be written each process tells for itself.

    Not for several threads at once.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "alerts.json"
        self._alone: Episodes = {}

    def prepare(self) -> None:
        """Make the file while there is room."""
        with self._episodes():
            pass

    def note(self, condition: Condition) -> None:
        found = condition.findings()
        now = datetime.now(UTC)
        quiet = now - timedelta(seconds=condition.quiet_seconds)
        with self._episodes() as known:
            for key, finding in found.items():
                if key not in known or known[key].ended_at:
                    known[key] = Episode(
                        *(condition.name, condition.title, finding.said[:500]),
                        *(now, now, now),
                    )
                known[key].seen_at = now
            for one in known.values():
                is_of_it = one.condition == condition.name
                if is_of_it and not one.ended_at and one.seen_at <= quiet:
                    one.ended_at = now

    def take(self) -> Taken | None:
        now = datetime.now(UTC)
        with self._episodes() as known:
            for key, one in known.items():
                if one.is_pending and one.next_try_at <= now:
                    one.next_try_at = now + LEASE
                    one.tries += 1
                    return Taken(key, one.tries, _message(one))
        return None

    def told(self, taken: Taken) -> None:
        with self._episodes() as known:
            if one := known.get(taken.key):
                one.end_told = taken.message.over_at is not None
                one.begin_told = True
                one.tries, one.problem = 0, ""
                one.next_try_at = datetime.now(UTC)

    def failed(self, taken: Taken, reason: str) -> None:
        with self._episodes() as known:
            if one := known.get(taken.key):
                one.problem = reason[:200]
                one.given_up = one.tries >= MOST_TRIES
                one.next_try_at = datetime.now(UTC) + wait_after(one.tries)

    def problems(self) -> Iterator[str]:
        since = datetime.now(UTC) - timedelta(days=1)
        with self._episodes() as known:
            untold = [one for one in known.values() if one.problem]
        for one in untold:
            if one.began_at >= since:
                yield untold_sentence(one.title, one.problem, one.given_up)

    @contextmanager
    def _episodes(self) -> Iterator[Episodes]:
        """Have them for oneself, and write down what was changed of them."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            logger.debug("%s cannot be opened: %s", self._path, error)
            yield self._alone
            return
        with (
            closing(os.fdopen(descriptor, "r+b", buffering=0)) as file,
            locked(descriptor),
        ):
            before = file.read()
            known = _decoded(before) | self._alone
            yield known
            self._alone = {} if _write(descriptor, known, before) else known


def _message(one: Episode) -> Message:
    """The beginning first, though it may be over meanwhile."""
    over_at = one.ended_at if one.begin_told else None
    return Message(one.condition, one.title, one.said, one.began_at, over_at)


def _write(descriptor: int, known: Episodes, before: bytes) -> bool:
    """Whether the file has them now."""
    after = (msgspec.json.encode(known) + b"\n").rjust(FILE_BYTES)
    if after == before:
        return True
    try:
        os.pwrite(descriptor, after, 0)
        os.fsync(descriptor)
    except OSError as error:
        logger.debug("Alerts cannot be written down: %s", error)
        return False
    return True


def _decoded(found: bytes) -> Episodes:
    try:
        return msgspec.json.decode(found, type=Episodes)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
