"""The spool: in order, bounded, let go of, and whose it is."""

import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chat.requestlog import backlog, own_files, state
from chat.requestlog import spool as spools
from chat.requestlog.losses import Lost
from chat.requestlog.record import Record
from chat.requestlog.spool import Spool
from chat.requestlog.spool_file import SpoolFile
from chat.tests.requestlog.making import HELLO, append, closing, leave, record, said

PLENTY = 1_000_000


def ids(records: list[Record]) -> list[str]:
    return [one.row.id for one in records]


def drained(spool: Spool) -> list[str]:
    found: list[Record] = []
    while spool.has_any:
        spool.write_some(found.extend)
    return ids(found)


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


def test_what_goes_in_comes_out_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "a", PLENTY)
    records = [record() for _ in range(120)]
    leave(spool, *records)
    assert spool.waiting_bytes
    assert drained(spool) == ids(records)
    assert not spool.has_any
    assert spool.waiting_bytes == 0
    assert not list(tmp_path.iterdir())


def test_what_is_let_go_leaves_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "a", PLENTY)
    items = append(spool, *(record() for _ in range(3)))
    assert files(tmp_path)
    assert not spool.has_any
    spool.let_go(items)
    spool.close()
    assert not list(tmp_path.iterdir())


def test_what_is_let_go_is_not_read_back(tmp_path: Path) -> None:
    """Nor what was forgotten meanwhile."""
    spool = Spool(tmp_path, "a", PLENTY)
    items = append(spool, *(record() for _ in range(200)))
    spool.let_go(items[::2])
    spool.keep(items[1::2])
    assert drained(spool) == ids([item.record for item in items[1::2]])
    assert not files(tmp_path)


def test_files_are_short_lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is stored stays there, and nothing goes that is not."""
    monkeypatch.setattr(own_files, "MOST_BYTES", 1)
    spool = Spool(tmp_path, "a", PLENTY)
    spool.tend()
    [first] = files(tmp_path)
    done, waiting = append(spool, record(), record())
    spool.let_go([done])
    spool.tend()
    assert files(tmp_path)[0] == first
    spool.let_go([waiting])
    [second] = files(tmp_path)
    assert second != first
    monkeypatch.setattr(own_files, "MOST_BYTES", PLENTY)
    spool.let_go(append(spool, record()))
    spool.tend()
    assert files(tmp_path) == [second]
    monkeypatch.setattr(own_files, "MOST_SECONDS", 0.0)
    spool.tend()
    [third] = files(tmp_path)
    assert third.stat().st_size == 0
    spool.tend()
    assert files(tmp_path) == [third]


def test_what_waits_for_long_is_told_and_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (flushed.append(file), fsync(file)))
    spool = Spool(tmp_path, "a", PLENTY)
    items = append(spool, record())
    spool.tend()
    assert (spool.waiting_bytes, flushed) == (0, [])
    monkeypatch.setattr(own_files, "PATIENCE_SECONDS", 0.0)
    spool.tend()
    assert spool.waiting_bytes == files(tmp_path)[0].stat().st_size
    assert len(flushed) == 2  # the file, and its name in the folder
    spool.tend()
    assert len(flushed) == 2
    spool.let_go(items)
    assert spool.waiting_bytes == 0


def test_what_could_not_be_written_comes_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "a", PLENTY)
    records = [record() for _ in range(60)]
    leave(spool, *records[:55])

    def fail(_: Any) -> None:
        raise RuntimeError

    found: list[Record] = []
    spool.write_some(found.extend)
    with pytest.raises(RuntimeError):
        spool.write_some(fail)
    leave(spool, *records[55:])
    assert ids(found) + drained(spool) == ids(records)


def test_the_living_keep_their_own(tmp_path: Path) -> None:
    living, other = Spool(tmp_path, "a", PLENTY), Spool(tmp_path, "b", PLENTY)
    leave(living, record())
    assert other.adopt()
    assert not other.has_any
    leave(living, record())
    assert len(drained(living)) == 2
    assert other.adopt()


def test_the_dead_leave_theirs_to_one_other(tmp_path: Path) -> None:
    dead = Spool(tmp_path, "a", PLENTY)
    records = [record() for _ in range(3)]
    append(dead, *records)
    dead.close()
    heir, other = Spool(tmp_path, "b", PLENTY), Spool(tmp_path, "c", PLENTY)
    assert not heir.adopt()
    assert heir.waiting_bytes
    assert other.adopt()
    assert drained(heir) == ids(records)
    assert heir.adopt()
    assert not list(tmp_path.iterdir())


def test_a_killed_process_leaves_its_lock_and_a_line_that_is_torn(
    tmp_path: Path,
) -> None:
    code = (
        "import sys, time; from pathlib import Path;"
        "from chat.requestlog.spool_file import SpoolFile;"
        "f = SpoolFile.create(Path(sys.argv[1])); f.append(b'torn'); print(1, flush=1);"
        "time.sleep(60)"
    )
    path = tmp_path / "a.000001.jsonl"
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert SpoolFile.adopt(path) is None
        process.kill()
    heir = Spool(tmp_path, "b", PLENTY)
    assert not heir.adopt()
    assert drained(heir) == []
    assert not list(tmp_path.iterdir()), "it was to be expected, and tells nothing"


def test_lines_that_cannot_be_read_are_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dead = Spool(tmp_path, "a", PLENTY)
    first, last = record(), record()
    append(dead, first)
    for nonsense in (b"\xff\x00 nonsense\n", b"{}\n", b"[" * 5000 + b"\n"):
        dead._own.append_line(nonsense)
    append(dead, last)
    dead.close()
    heir = Spool(tmp_path, "b", PLENTY)
    heir.adopt()
    assert drained(heir) == ids([first, last])
    aside = tmp_path / "set-aside.lines"
    assert aside.read_bytes().count(b"\n") == 3
    assert aside.stat().st_mode & 0o77 == 0
    assert "cannot be read and are set aside" in caplog.text
    heir.aside.forget(1)
    assert aside.exists()
    os.utime(aside, (time.time() - 90_000,) * 2)
    heir.aside.forget(0)
    assert aside.exists()
    heir.aside.forget(1)
    assert not aside.exists()


def test_beyond_its_bound_memory_has_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path, "a", 2000)
    records = [closing(record()) for _ in range(20)]
    for one in records:
        leave(spool, one)
    assert 0 < len(spool.in_memory) < 20
    assert caplog.text.count("memory has to do") == 1
    assert drained(spool) == ids(records)
    assert spool.losses.total() == Lost()


def test_its_bound_is_for_what_is_not_stored(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "a", 2000)
    for _ in range(20):
        [item] = append(spool, closing(record()))
        assert item.file
        spool.let_go([item])


def test_what_is_open_need_not_be_remembered(tmp_path: Path) -> None:
    """It comes again, whole, when it ends: nothing of it is lost."""
    spool = Spool(tmp_path, "a", 0)
    leave(spool, record())
    assert drained(spool) == []
    assert spool.losses.total() == Lost()


def test_memory_is_bounded_and_the_rest_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backlog, "MOST_BYTES", 20_000)
    spool = Spool(tmp_path, "a", 0)
    records = [closing(said(HELLO, "word " * 200)) for _ in range(60)]
    for one in records:
        leave(spool, one)
    kept = len(spool.in_memory)
    assert 20 <= kept < 60
    lost = Spool(tmp_path, "b", 0).losses.total()  # as the next start finds it
    assert (lost.requests, lost.texts) == (60 - kept, 60)
    assert lost.first and lost.last
    found: list[Record] = []
    while spool.has_any:
        spool.write_some(found.extend)
    assert ids(found) == ids(records)[:kept]
    assert not any(one.text for one in found)
    assert "1 records of the log are lost" in caplog.text


def test_a_full_disk_tears_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on the size of files is what a full disk is to `write`."""
    monkeypatch.setattr(spools, "SECONDS_BETWEEN_ATTEMPTS", 0.0)
    spool = Spool(tmp_path, "a", PLENTY)
    first, second, third = (closing(record()) for _ in range(3))
    leave(spool, first)
    [path] = files(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, limits[1]))
    try:
        leave(spool, second)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert len(spool.in_memory) == 1
    spool.tend()
    assert not spool.in_memory  # there is room again
    leave(spool, third)
    assert drained(spool) == ids([first, second, third])


def test_no_folder_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spool = Spool(tmp_path / "file" / "spool", "a", PLENTY)
    leave(spool, closing(record()))
    assert len(spool.in_memory) == 1
    assert spool.adopt()
    assert spool.waiting_bytes == 0
    spool.tend()
    spool.aside.add([b"x"], "cannot be stored")
    spool.close()
    assert spool.losses.total().requests == 2


def test_what_is_put_off_lets_the_others_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, "a", PLENTY)
    first, second = closing(record()), closing(record())
    assert spool.put_off(replace(first, tries=1))
    leave(spool, second)
    assert drained(spool) == ids([second])
    assert spool.has_own
    spool.close()
    heir = Spool(tmp_path, "b", PLENTY)
    heir.adopt()
    found: list[Record] = []
    heir.write_some(found.extend)
    assert [one.tries for one in found] == [1]


def test_the_file_for_what_cannot_be_stored_is_bounded(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "a", 10)
    spool.aside.add([b"1234\n", b"5678\n", b"9\n"], "cannot be stored")
    assert spool.aside.size == 10
    assert "10 bytes of requests" in " ".join(state._of_the_spool(spool, 0))
    assert spool.losses.total().requests == 1


def test_a_file_that_cannot_be_opened_is_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "x.000001.jsonl").mkdir()
    spool = Spool(tmp_path, "a", PLENTY)
    assert spool.adopt()
    assert "cannot be opened" in caplog.text


def test_what_comes_after_the_end_is_kept_for_others(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "a", PLENTY)
    spool.close()
    late = record()
    leave(spool, late)
    heir = Spool(tmp_path, "b", PLENTY)
    heir.adopt()
    assert drained(heir) == ids([late])


def test_many_threads_write_whole_lines(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "a", PLENTY)
    records = [record() for _ in range(100)]
    threads = [threading.Thread(target=leave, args=(spool, one)) for one in records]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(drained(spool)) == sorted(ids(records))


def test_what_is_there_already_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.000001.jsonl"
    file = SpoolFile.create(path)
    file.append(b"12345")
    file.close()
    again = SpoolFile.adopt(path)
    assert again and again.size == again.left == 5
    again.close()
