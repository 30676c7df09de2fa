"""A question to Z.AI on its way, so that waiting for its answer may be cut short."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Asking(Generic[T]):
    """Runs the question in a task of its own; always `end` it."""

    def __init__(self, question: Coroutine[Any, Any, T]) -> None:
        self._task = asyncio.create_task(question)

    @property
    def is_answered(self) -> bool:
        """Whether the answer, or its failure, is there."""
        return self._task.done()

    @property
    def error(self) -> BaseException | None:
        """Why there is no answer. Raises CancelledError after `cancel`."""
        return self._task.exception()

    def answer(self) -> T:
        return self._task.result()

    async def wait(self, seconds: float | None) -> None:
        """Wait until it is answered, for `seconds` at most. Raises no failure of it."""
        await asyncio.wait({self._task}, timeout=seconds)

    def cancel(self) -> None:
        self._task.cancel()

    async def end(self) -> T | None:
        """Give the question up; the answer if it came all the same."""
        self.cancel()
        await asyncio.wait({self._task})
        if self._task.cancelled():
            return None
        if error := self._task.exception():
            forget_frames(error)
            return None
        return self._task.result()


def forget_frames(error: BaseException | None) -> None:
    """Let go of what `error` passed through: what stands there may be in a cycle."""
    while error:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
