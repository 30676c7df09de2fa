"""One question to Z.AI, asked again while that may help, until the answer begins."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from chat.conversation import ChatRequest
from chat.event import Batch, Event, is_whole
from chat.failures import UpstreamFailed, UpstreamTimeout
from chat.glm.patience import first_event_limit, whole_limit
from chat.upstream import errors
from chat.upstream.answer import Answer
from chat.upstream.attempts import Attempts
from chat.upstream.client import client
from chat.upstream.limits import has_too_many_values, make_unreadable
from chat.upstream.question import Question
from chat.upstream.repair import UNDECODABLE, Repair
from chat.upstream.retries import keep_asking

T = TypeVar("T")


class Call:
    """Use one of `stream` and `complete`, once.

    `tries` is how often Z.AI was asked; None before that.
    """

    def __init__(
        self, chat_request: ChatRequest, request_id: str, attempts: Attempts
    ) -> None:
        self.chat_request = chat_request
        self.request_id = request_id
        self.attempts = attempts
        self.tries: int | None = None
        self.repaired_names: list[str] = []  # of tools; grows with a streamed answer
        self._question: Question | None = None

    async def stream(self) -> tuple[Answer, Batch]:
        """Return the answer, open, and its first events. Raises Failure."""
        limit = first_event_limit(self.chat_request.model)
        return await self._ask(limit, self._try_to_stream)

    async def complete(self) -> tuple[bytes, Event]:
        """Return the whole answer, as it came and decoded. Raises Failure."""
        limit = whole_limit(self.chat_request.model)
        return await self._ask(limit, self._try_to_complete)

    async def _try_to_stream(self, number: int) -> tuple[Answer, Batch]:
        answer = await client().stream(*await self._prepare(number))
        self.repaired_names = answer.repair.calls.repaired_names
        try:
            while not (first := await answer.read()):
                if first is None:
                    raise UpstreamFailed("Z.AI's answer ended before it began.")
            return answer, first
        except BaseException:
            await answer.aclose()
            raise

    async def _try_to_complete(self, number: int) -> tuple[bytes, Event]:
        body = await client().complete(*await self._prepare(number))
        if has_too_many_values(body):
            raise make_unreadable("an answer with too many values")
        repair = Repair(self.chat_request.model)
        self.repaired_names = repair.calls.repaired_names
        try:
            body, completion = repair.mend_whole(body)
        except UNDECODABLE:
            raise make_unreadable(errors.describe_body(body)) from None
        if not completion.choices:
            raise errors.make_body_failure(body)
        if not is_whole(completion.finish_reason, told_more=bool(completion.usage)):
            raise errors.make_unfinished_failure(completion.finish_reason)
        return body, completion

    async def _prepare(self, number: int) -> tuple[Question, str]:
        """Return what Z.AI is asked at this try, and under which id."""
        self.tries = number
        if self._question is None:
            self._question = await client().prepare(self.chat_request)
        # Z.AI refuses an id it has seen (1231).
        id_of_try = self.request_id if number == 1 else f"{self.request_id}-{number}"
        return self._question, id_of_try

    async def _ask(self, seconds: float, ask: Callable[[int], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(seconds):
                return await keep_asking(partial(self.attempts.follow, ask))
        except TimeoutError as error:
            raise UpstreamTimeout(
                "Z.AI did not answer in time.",
                diagnosis=f"Z.AI did not answer within {seconds:g} s",
            ) from error
        finally:
            self._question = None  # it may be large, and is asked no more
