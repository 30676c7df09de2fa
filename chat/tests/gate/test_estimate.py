"""What those who wait are told of the time it will take."""

from chat.gate.estimate import mean_hold, waits


def test_a_place_in_a_line_is_so_many_holds_among_the_slots() -> None:
    assert waits(5, 10.0, [0.0, 5.0], 2) == [5.0, 10.0, 15.0, 20.0, 25.0]


def test_a_slot_that_is_free_is_no_wait() -> None:
    assert waits(3, 10.0, [2.0], 2) == [0.0, 8.0, 10.0]


def test_more_than_the_limit_have_to_end_first() -> None:
    assert waits(1, 10.0, [0.0, 2.0, 4.0], 1) == [10.0]


def test_one_that_lasts_longer_than_usual_ends_soon() -> None:
    assert waits(1, 10.0, [50.0], 1) == [1.0]


def test_the_mean_of_a_few_and_of_many() -> None:
    mean = None
    for number, held in enumerate([1.0, 2.0, 3.0]):
        mean = mean_hold(mean, held, number)
    assert mean == 2.0
    for number in range(200):
        mean = mean_hold(mean, 10.0, number + 3)
    assert mean is not None and mean > 9.9
