"""Whose turn it is."""

from chat.gate.line import Line
from chat.gate.rounds import Rounds
from chat.gate.waiter import Waiter, Who


class Waiting:
    """A line, by the names of those who wait."""

    def __init__(self) -> None:
        self.line = Line(Rounds())
        self._names: dict[Waiter, str] = {}

    def add(self, name: str, client: str, user: str = "", weight: float = 1) -> Waiter:
        waiter = Waiter(Who(client, user, weight), len(self._names))
        waiter_name = {waiter: name}
        self._names |= waiter_name
        self.line.add(waiter)
        return waiter

    def order(self) -> str:
        return " ".join(self._names[waiter] for waiter in self.line)

    def next(self) -> str:
        waiter = self.line.first()
        assert waiter
        self.line.take_out(waiter, had_turn=True)
        return self._names[waiter]

    def all(self) -> str:
        return " ".join(self.next() for _ in range(len(self.line)))


def test_turns_go_round_clients_and_then_their_users() -> None:
    waiting = Waiting()
    for number in range(4):
        waiting.add(f"a{number}", "A", "one")
    waiting.add("a-two", "A", "two")
    waiting.add("b0", "B")
    waiting.add("b1", "B")
    expected = "a0 b0 a-two b1 a1 a2 a3"
    assert waiting.order() == expected
    assert waiting.all() == expected


def test_a_small_client_does_not_wait_behind_a_large_one() -> None:
    waiting = Waiting()
    for number in range(400):
        waiting.add(f"a{number}", "A", f"user{number}")
    for _ in range(100):
        waiting.next()
    waiting.add("b", "B")
    assert waiting.next() == "b"


def test_a_weight_is_so_many_turns() -> None:
    waiting = Waiting()
    for number in range(6):
        waiting.add(f"a{number}", "A", weight=2)
        waiting.add(f"b{number}", "B")
    assert waiting.order() == waiting.all()
    for number in range(6):
        waiting.add(f"a{number}", "A", weight=2)
        waiting.add(f"b{number}", "B")
    first = [waiting.next()[0] for _ in range(9)]
    assert first.count("a") == 6


def test_who_comes_back_is_not_sooner_in_turn() -> None:
    waiting = Waiting()
    for number in range(3):
        waiting.add(f"a{number}", "A")
        waiting.add(f"c{number}", "C")
    waiting.add("b0", "B")
    assert [waiting.next() for _ in range(3)] == ["a0", "c0", "b0"]
    waiting.add("b1", "B")  # has had its turn in this round
    assert [waiting.next() for _ in range(3)] == ["a1", "c1", "b1"]


def test_who_leaves_is_out_and_costs_nobody_a_turn() -> None:
    waiting = Waiting()
    left = waiting.add("a0", "A")
    waiting.add("b0", "B")
    waiting.add("a1", "A")
    waiting.line.take_out(left, had_turn=False)
    assert waiting.all() == "b0 a1"
    assert waiting.line.first() is None


def test_what_is_remembered_of_those_who_are_gone_is_bounded() -> None:
    waiting = Waiting()
    waiting.add("first", "always there")
    for number in range(2_000):
        waiting.add(f"a{number}", f"client {number}", f"user {number}")
        waiting.add(f"b{number}", "B", f"user {number}")
        waiting.next(), waiting.next()
    rounds = waiting.line.rounds
    assert len(rounds.clients) < 300 and len(rounds.users) < 300
