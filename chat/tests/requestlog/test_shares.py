"""Hosts that share a database share out what may be asked of Z.AI."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

if sys.platform != "linux":
    pytest.skip("Linux alone has such locks", allow_module_level=True)

from chat.gate.concurrency import Concurrency
from chat.gate.host import HostSlots
from chat.gate.hosts import Divided, begin_share, hosts, share
from chat.gate.learning import Learned
from chat.gate.state import State
from chat.models import GateShare
from chat.requestlog import shares
from chat.requestlog.shares import Shares

LIMIT = 5


class Host:
    """One process on a host of its own, and its slots of one lane."""

    def __init__(self, folder: Path, settings: Any, lane: str = "lane") -> None:
        folder.mkdir()
        self.slots = HostSlots(folder / "000.slots", State(Learned(LIMIT)))
        self.lanes = [Divided(lane, LIMIT, self.slots)]
        self.held: list[int] = []
        self._shares = Shares(lambda: self.lanes)
        self._folder, self._settings = folder, settings

    def claim(self) -> int | None:
        self._settings.CHAT_SPOOL_DIR = str(self._folder)
        self._shares.claim()
        return self.slots.share

    def take_all(self) -> int:
        while (number := self.slots.take(LIMIT)) is not None:
            self.held.append(number)
        return len(self.held)

    def give_back(self, number: int) -> None:
        for _ in range(number):
            self.slots.give_back(self.held.pop())

    def close(self) -> None:
        self.give_back(len(self.held))
        self.slots.close()


MakeHost = Callable[..., Host]


@pytest.fixture
def make(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[MakeHost]:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite is on one host")
    settings.ZAI_CONCURRENCY = Concurrency(of_all=LIMIT)
    made: list[Host] = []

    def make_one(**words: Any) -> Host:
        made.append(Host(tmp_path / f"{len(made)}", settings, **words))
        return made[-1]

    yield make_one
    hosts.others = False
    for host in made:
        host.close()


def test_a_host_alone_has_all(make: MakeHost) -> None:
    one = make()
    assert one.take_all() == LIMIT
    assert one.claim() == LIMIT and not hosts.others


def test_two_share_them_once_the_first_has_let_go(make: MakeHost) -> None:
    one, other = make(), make()
    one.take_all()
    one.claim()
    assert other.claim() == 0 and hosts.others
    fair = one.claim()
    assert fair in (2, 3)
    assert other.claim() == 0  # for five are open still
    one.give_back(5)
    assert one.take_all() == fair
    one.claim()
    assert other.claim() == LIMIT - fair == other.take_all()


def test_what_a_host_does_not_use_is_the_others(make: MakeHost) -> None:
    one, other = make(), make(lane="another")
    other.claim()
    assert [one.claim(), other.claim()] == [LIMIT, LIMIT]


def test_what_a_dead_host_had_is_the_others(
    make: MakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = make(), make()
    for host in (one, other, one, other):
        host.claim()
    assert one.slots.share != LIMIT
    monkeypatch.setattr(shares, "LEASE_SECONDS", 0.0)
    assert one.claim() == LIMIT and not hosts.others
    assert GateShare.objects.values("host").distinct().count() == 1


def test_nothing_is_shared_out_where_all_is_learned(
    make: MakeHost, settings: Any
) -> None:
    settings.ZAI_CONCURRENCY = Concurrency()
    assert make().claim() is None
    assert not GateShare.objects.exists()


def test_a_process_begins_with_what_is_known(make: MakeHost) -> None:
    slots = make().slots
    for others, first in ((True, 0), (False, None)):
        hosts.others = others
        begin_share(slots, LIMIT)
        assert slots.share == first
    begin_share(slots, None)
    assert slots.share is None


@pytest.mark.parametrize(("limit", "number"), [(5, 2), (1, 3), (6, 3), (2, 5)])
def test_what_is_over_goes_round(limit: int, number: int) -> None:
    had = [0] * number
    for turn in range(number):
        turns = [share(limit, index, number, turn) for index in range(number)]
        assert sum(turns) == limit and max(turns) - min(turns) <= 1
        had = [before + now for before, now in zip(had, turns, strict=True)]
    assert had == [limit] * number
