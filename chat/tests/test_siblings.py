"""Locks of this process stand for those of others: each has its own description."""

from pathlib import Path

from chat.web.siblings import Siblings


def worker(folder: Path, supervisor: int = 7) -> Siblings:
    joined = Siblings(folder, supervisor, "serving")
    joined.join()
    return joined


def test_the_last_knows_that_the_others_have_left(tmp_path: Path) -> None:
    one, two, stranger = worker(tmp_path), worker(tmp_path), worker(tmp_path, 8)
    one.leave()
    assert not one.have_left()
    two.leave()
    assert one.have_left() and two.have_left()
    for each in (one, two, stranger):
        each.close()
    assert not list(tmp_path.iterdir())


def test_what_the_killed_left_is_removed_and_the_living_stay(tmp_path: Path) -> None:
    (tmp_path / "elsewhere-9.serving").touch()
    one = worker(tmp_path)
    two = worker(tmp_path, 8)
    assert len(list(tmp_path.iterdir())) == 2
    one.close()
    two.close()


def test_where_no_file_can_be_made_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    one = worker(tmp_path / "file" / "spool")
    one.leave()
    assert not one.have_left()
    one.close()


def test_one_of_them_is_first_as_long_as_it_lives(tmp_path: Path) -> None:
    one, two = (Siblings(tmp_path, 7, "started") for _ in range(2))
    stranger = Siblings(tmp_path, 8, "started")
    assert one.be_first()
    assert not two.be_first()
    assert stranger.be_first()
    one.close()
    assert two.be_first()
    two.close()
    stranger.close()
    assert not list(tmp_path.iterdir())


def test_where_no_file_can_be_made_everybody_is_first(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert Siblings(tmp_path / "file" / "spool", 7, "started").be_first()
