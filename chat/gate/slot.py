"""Leave to have one question open at Z.AI."""

from typing import TYPE_CHECKING

from chat.failures import Failure

if TYPE_CHECKING:
    from chat.gate.lane import Lane


class Slot:
    """Held from before Z.AI is asked until the last event; give it back by `release` or
    by `failed`. Both may be called again, and do nothing then.

    `ran` is how many were open beside it when it was taken, and `refusals` how many had
    been refused by then. `finds_out`: whether the gate may be open again. `is_soon`:
    another was given back just before.
    """

    __slots__ = (
        *("at_change", "finds_out", "has_begun", "is_soon", "lane", "number", "ran"),
        *("refusals", "taken_at"),
    )

    def __init__(
        self,
        lane: "Lane",
        number: int,
        taken_at: float,
        *,
        at_change: int,
        ran: int,
        refusals: int,
        finds_out: bool,
        is_soon: bool,
    ) -> None:
        self.lane: Lane | None = lane
        self.number = number
        self.taken_at = taken_at
        self.at_change = at_change
        self.ran = ran
        self.refusals = refusals
        self.finds_out = finds_out
        self.is_soon = is_soon
        self.has_begun = False

    def begun(self) -> None:
        """Z.AI has begun to answer."""
        self.has_begun = True
        if self.lane:
            self.lane.learn_answer(self)

    def failed(self, failure: Failure) -> None:
        """The try that it was held for has failed; it is given back."""
        if lane := self._leave():
            lane.give_back(self, failure)

    def release(self, *, is_whole: bool = True) -> None:
        """The last event is there; or nobody wants it any more."""
        if lane := self._leave():
            if not is_whole:
                lane.note_leaving()
            lane.give_back(self, None)

    def _leave(self) -> "Lane | None":
        lane, self.lane = self.lane, None
        return lane
