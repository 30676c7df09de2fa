"""How the hosts that share a database share out what may be asked of Z.AI."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from chat.gate.gate import FOLDER, divided
from chat.gate.hosts import Divided, hosts, name_of_host, share
from chat.models import GateShare

# A host whose lease did not move for so long is dead.
LEASE_SECONDS = 6.0
# What cannot be divided goes to the next host so often.
SECONDS_OF_A_TURN = 10.0
THE_LEASE = ""


class Shares:
    """Claimed anew in each beat. Time is this process's own, as a `Judge`'s is.

    `lanes` gives those of this process of which each host has a share.
    """

    def __init__(self, lanes: Callable[[], Sequence[Divided]] = divided) -> None:
        self._lanes = lanes
        self._host: str | None = None
        self._seen: dict[str, tuple[int, float]] = {}  # beats, and since when
        self._looked = -inf

    def claim(self) -> None:
        """Raises what the database raises."""
        if settings.ZAI_CONCURRENCY.is_learned or connection.vendor == "sqlite":
            return  # there is nothing to share out, or nobody to share with
        if self._host is None:
            self._host = name_of_host(Path(settings.CHAT_SPOOL_DIR) / FOLDER)
        _renew(self._host)
        others, turn = self._look()
        hosts.others = bool(others)
        for lane in self._lanes():
            with suppress(ValueError, OSError):  # it was closed meanwhile
                _claim(self._host, lane, others, turn)

    def _look(self) -> tuple[set[str], int]:
        """Return the other hosts that live, and which turn it is."""
        now = time.monotonic()
        if now - self._looked > LEASE_SECONDS / 2:
            self._seen = {}  # others may not have been able to renew either
        self._looked = now
        leases = GateShare.objects.filter(lane=THE_LEASE).annotate(now=Now())
        found = list(leases.values_list("host", "beats", "now"))
        seen = {host: self._since(host, beats, now) for host, beats, _ in found}
        self._seen = seen
        dead = {host for host, (_, at) in seen.items() if now - at >= LEASE_SECONDS}
        for host in dead - {self._host}:
            _bury(host, seen[host][0])
        turn = int(found[0][2].timestamp() // SECONDS_OF_A_TURN)
        return set(seen) - dead - {self._host or ""}, turn

    def _since(self, host: str, beats: int, now: float) -> tuple[int, float]:
        known, since = self._seen.get(host, (None, now))
        return (beats, since) if known == beats else (beats, now)


def _renew(host: str) -> None:
    mine = GateShare.objects.filter(host=host, lane=THE_LEASE)
    if not mine.update(beats=F("beats") + 1):
        _add(host, THE_LEASE)


def _add(host: str, lane: str) -> None:
    row = GateShare(host=host, lane=lane)
    GateShare.objects.bulk_create([row], ignore_conflicts=True)


def _bury(host: str, beats: int) -> None:
    """Remove what a dead host has claimed, unless it lives after all."""
    lease = GateShare.objects.filter(host=host, lane=THE_LEASE, beats=beats)
    if lease.delete()[0]:
        GateShare.objects.filter(host=host).exclude(lane=THE_LEASE).delete()


def _claim(host: str, lane: Divided, others: set[str], turn: int) -> None:
    """Set the share of this host in `lane`: what falls to it, and is left by others.

    What runs here beyond it is claimed until it is over.
    """
    if not GateShare.objects.filter(host=host, lane=lane.name).exists():
        _add(host, lane.name)  # the others know of it before it has anything
    slots = lane.slots
    with transaction.atomic():
        claims = _claims(lane.name)
        living = others & claims.keys()
        users = sorted({host, *living})
        fair = share(lane.highest, users.index(host), len(users), turn)
        left = lane.highest - sum(claims[other] for other in living)
        allowed = max(0, min(fair, left))
        before = slots.share
        if before is None or allowed < before:
            slots.share = allowed  # less at once, more when that is written down
        claimed = max(allowed, slots.count())
        if claims.get(host) != claimed:
            mine = GateShare.objects.filter(host=host, lane=lane.name)
            mine.update(claimed=claimed)
    slots.share = allowed


def _claims(lane: str) -> dict[str, int]:
    rows = GateShare.objects.filter(lane=lane).order_by("host").select_for_update()
    return dict(rows.values_list("host", "claimed"))
