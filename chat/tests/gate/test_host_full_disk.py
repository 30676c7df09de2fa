"""Slots, and who waits, on a disk that is full."""

import subprocess
import sys

import pytest

from chat.tests.disk import Disk, disk

__all__ = ["disk"]

if sys.platform != "linux":
    pytest.skip("Linux alone has such locks", allow_module_level=True)

# It opens its slots, and learns, waits and has turns only once the disk is full.
PROCESS = """
import sys
from pathlib import Path
from msgspec.structs import replace
from chat.gate.host import HostSlots
from chat.gate.learning import Learned
from chat.gate.line import Line
from chat.gate.state import State
from chat.gate.table import POINTS, Row
from chat.gate.waiter import Waiter, Who

slots = HostSlots(Path(sys.argv[1]) / "000.slots", State(Learned()))
print("open", flush=True)
sys.stdin.readline()
line = Line(slots.rounds)
for number in range(300):
    line.add(Waiter(Who(f"client-{number % 40}", f"user-{number}"), number))
slots.change(lambda state: replace(state, learned=Learned(limit=7)))
for number in range(200):
    slots.tell_waiting(Row(len(line), False, line.tell(POINTS), number))
    waiter = line.first()
    line.take_out(waiter, had_turn=True)
print(slots.read().learned.limit, slots.take(7), flush=True)
"""


def test_who_waits_on_a_full_disk_kills_nobody(disk: Disk) -> None:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", PROCESS, str(disk.folder)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == "open\n"
        disk.fill()
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "7 0\n"
    assert process.returncode == 0


def test_slots_that_find_no_room_say_so(disk: Disk) -> None:
    from chat.gate.host import HostSlots
    from chat.gate.learning import Learned
    from chat.gate.state import State

    disk.fill()
    with pytest.raises(OSError, match="No space left"):
        HostSlots(disk.folder / "000.slots", State(Learned()))
