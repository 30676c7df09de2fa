"""What those who wait are told of the time it will take."""

from chat.gate.estimate import learn_holds, waits
from chat.gate.learning import Learned
from chat.gate.state import State


def test_a_place_in_a_line_is_so_many_holds_among_the_slots() -> None:
    assert waits(5, 10.0, [0.0, 5.0], 2) == [5.0, 10.0, 15.0, 20.0, 25.0]


def test_a_slot_that_is_free_is_no_wait() -> None:
    assert waits(3, 10.0, [2.0], 2) == [0.0, 8.0, 10.0]


def test_more_than_the_limit_have_to_end_first() -> None:
    assert waits(1, 10.0, [0.0, 2.0, 4.0], 1) == [10.0]


def test_one_that_lasts_longer_than_usual_ends_soon() -> None:
    assert waits(1, 10.0, [50.0], 1) == [1.0]


def test_the_mean_of_a_few_and_of_many() -> None:
    state = learn_holds([1.0, 2.0, 3.0], State(Learned()))
    assert state.hold == 2.0
    state = learn_holds([10.0] * 200, state)
    assert state.hold is not None and state.hold > 9.9
