"""Files of processes: living, dead, torn, of another version, on a full disk."""

import os
import resource
from pathlib import Path

import pytest

from chat.metrics import board as boards
from chat.metrics.board import Board
from chat.metrics.counting import observe
from chat.metrics.families import CELLS, HISTOGRAM_CELLS, LOOP_DELAY, Row
from chat.metrics.host import read_host
from chat.metrics.past import Past, read_past

KEY = (Row.REFUSALS, "no_key")


@pytest.fixture
def own(tmp_path: Path) -> Board:
    return Board(tmp_path / "own.counts")


def dead(folder: Path, name: str, count: int = 1) -> Path:
    """Of a process that counted so many refusals, and died."""
    board = Board(folder / f"{name}.counts")
    board.cells[board.row(*KEY)] += count
    board.close()
    return folder / f"{name}.counts"


def test_the_dead_are_counted_once_whoever_dies_in_between(
    tmp_path: Path, own: Board
) -> None:
    paths = [dead(tmp_path, "one", 2), dead(tmp_path, "two", 3)]
    contents = [path.read_bytes() for path in paths]
    own.cells[own.row(*KEY)] += 1
    assert read_host(tmp_path, own).sums[KEY] == [6]
    assert not any(path.exists() for path in paths)
    # As if they had been added, but not deleted yet.
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    for _ in range(2):
        assert read_host(tmp_path, own).sums[KEY] == [6]
    assert read_past(tmp_path / "past.json").added == []


def test_what_was_open_counts_as_its_row_says(tmp_path: Path, own: Board) -> None:
    board = Board(tmp_path / "open.counts")
    requests = ("native", "glm-4.6", "interrupted", "unknown", "service")
    slots = [board.take_slot() for _ in range(3)]
    for slot in slots:
        board.cells[slot] = board.row(Row.REQUESTS, *requests)
    board.give_back(slots[1])
    board.close()
    assert read_host(tmp_path, own).sums[(Row.REQUESTS, *requests)] == [2]


def test_slots_and_rows_have_an_end(own: Board) -> None:
    slots = [own.take_slot() for _ in range(boards.MOST_OPEN + 1)]
    assert len(set(slots)) == boards.MOST_OPEN + 1 and slots[-1] == 0
    for number in range(30_000):
        own.cells[own.row(Row.REFUSALS, f"reason{number}")] += 1
    assert own.cells[boards.NOT_COUNTED] > 0
    assert own.cells[own.row(Row.REFUSALS, "reason0")] == 1


@pytest.mark.parametrize("content", [b"", b"zaichat1", os.urandom(1 << 20), b"\0" * 9])
def test_files_of_others_do_no_harm(tmp_path: Path, own: Board, content: bytes) -> None:
    (tmp_path / "foreign.counts").write_bytes(content)
    (tmp_path / "past.json").write_bytes(content)
    dead(tmp_path, "one")
    assert read_host(tmp_path, own).sums[KEY] == [1]
    assert read_host(tmp_path, own).sums[KEY] == [1]


def test_rows_of_another_version_are_left_out(tmp_path: Path, own: Board) -> None:
    past = Past(rows=[(("refusals", "no_key"), [1, 2]), (("new", "kind"), [1])])
    assert past.sums() == {}


def test_without_room_on_the_disk_a_process_counts_for_itself(tmp_path: Path) -> None:
    """A process that counts in a file with holes would die where the disk is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        board = Board(tmp_path / "own.counts")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert board.path is None
    assert not list(tmp_path.glob("*.new"))
    board.cells[board.row(*KEY)] += 1
    dead(tmp_path, "one")
    assert read_host(tmp_path, board).sums[KEY] == [2]
    move = board.make_file()  # there is room again
    assert move
    move()
    board.cells[board.row(*KEY)] += 1
    assert read_host(tmp_path, Board(tmp_path / "other.counts")).sums[KEY] == [3]


def test_all_of_a_file_is_on_the_disk_before_anything_is_counted(own: Board) -> None:
    assert own.path
    assert own.path.stat().st_blocks * 512 >= boards.SIZE
    assert own.path.stat().st_mode & 0o777 == 0o600


def test_buckets_are_up_to_their_bound_and_with_it(own: Board) -> None:
    at = own.row(Row.LOOP)
    for seconds in (0.0005, 0.001, 0.0011, 11.0):
        observe(own, at, LOOP_DELAY, seconds)
    counts = list(own.cells[at : at + HISTOGRAM_CELLS])
    assert counts[:2] == [2, 1] and counts[-2] == 1
    assert counts[-1] == pytest.approx(11.0026)
    assert CELLS[Row.LOOP] == HISTOGRAM_CELLS
