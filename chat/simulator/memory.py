"""What the simulator remembers from one request to the next."""

import re
import time
from collections import OrderedDict

from .chosen import Chosen
from .faults import Fault
from .request import ChatRequest
from .usage import PromptCache

_REMEMBERED = 10_000
_TRY = re.compile(r"-\d+$")


class Memory:
    """Bounded, and empty again after `clear`."""

    def __init__(self) -> None:
        self.prompts = PromptCache()
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._tries: OrderedDict[str, int] = OrderedDict()
        self._busy_until = 0.0

    def clear(self) -> None:
        self.prompts.clear()
        self._ids.clear()
        self._tries.clear()
        self._busy_until = 0.0

    def refuse_duplicate(self, request_id: str | None) -> None:
        if request_id is None:
            return
        if request_id in self._ids:
            raise Fault("1231", request_id=request_id)
        self._ids[request_id] = None
        _bound(self._ids)

    def refuse_while_busy(self, chosen: Chosen) -> None:
        busy = chosen.get("busy")
        if busy:
            self._busy_until = time.monotonic() + busy.number
        if time.monotonic() < self._busy_until:
            raise Fault("1302")

    def chosen_this_time(self, request: ChatRequest, chosen: Chosen) -> Chosen:
        """Without what is only for the first tries, once those are over."""
        limits = {name: chosen.get(name) for name in ("once", "error-once")}
        if not any(limits.values()):
            return chosen
        number = self._count_try(request)
        if limits["once"] and number > limits["once"].count:
            return Chosen()
        if limits["error-once"] and number > (limits["error-once"].second or 1):
            del chosen.values["error-once"]
        return chosen

    def _count_try(self, request: ChatRequest) -> int:
        """Which try of a logical request this is: 1 is the first.

        Further tries have the same request_id with -2, -3, … behind it; without any
        id they are known by what was asked.
        """
        key = _TRY.sub("", request.request_id or f"?{request.last_user_text}")
        self._tries[key] = self._tries.get(key, 0) + 1
        self._tries.move_to_end(key)
        _bound(self._tries)
        return self._tries[key]


def _bound(memory: OrderedDict[str, None] | OrderedDict[str, int]) -> None:
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)
