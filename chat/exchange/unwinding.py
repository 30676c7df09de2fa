"""What is done when a request is over."""

from collections.abc import Awaitable, Callable
from typing import Any


class Unwinding:
    """The last first, each whatever the others raise.

    As `AsyncExitStack`, which takes four times the room for as long as an answer lasts.
    """

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest: list[tuple[Callable[[], Any], bool]] = []

    def add(self, callback: Callable[[], object]) -> None:
        self._rest.append((callback, False))

    def add_awaited(self, callback: Callable[[], Awaitable[object]]) -> None:
        self._rest.append((callback, True))

    async def unwind(self) -> None:
        """Raises what the first raises that was added, of those that do."""
        if not self._rest:
            return
        callback, is_awaited = self._rest.pop()
        try:
            done = callback()
            if is_awaited:
                await done
        finally:
            await self.unwind()
