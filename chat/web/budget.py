"""How many bytes of bodies this process holds, of all callers: bounded."""

from django.conf import settings

from chat.failures import AtCapacity

# A body up to here is always taken.
SMALL_BYTES = 64_000


class Budget:
    """What has arrived of large bodies, from then until their requests are over."""

    def __init__(self) -> None:
        self.held = 0

    @property
    def left(self) -> int:
        most: int = settings.CHAT_BODY_BUDGET_BYTES
        return most - self.held


class Share:
    """What one body takes of the budget; always `give_back` it."""

    __slots__ = ("_budget", "_held")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._held = 0

    def hold(self, size: int) -> None:
        """Note that `size` bytes have arrived in all. Raises AtCapacity."""
        if size <= SMALL_BYTES:
            return
        self.check(size)
        self._budget.held += size - self._held
        self._held = size

    def check(self, size: int) -> None:
        """Raise AtCapacity if there is no room for `size` bytes."""
        if size > SMALL_BYTES and size - self._held > self._budget.left:
            raise AtCapacity(
                "The chat service is holding as many large requests as it can.",
                diagnosis="CHAT_BODY_BUDGET_BYTES is used up",
            )

    def give_back(self) -> None:
        self._budget.held -= self._held
        self._held = 0


BUDGET = Budget()
