"""One question to Z.AI, and each try of it, until the answer begins."""

from django.conf import settings

from chat.conversation import ChatRequest
from chat.event import Batch, Event, is_whole
from chat.failures import UpstreamFailed
from chat.upstream import errors
from chat.upstream.answer import Answer
from chat.upstream.client import client
from chat.upstream.limits import has_too_many_values, make_unreadable
from chat.upstream.question import Question
from chat.upstream.repair import UNDECODABLE, Repair


class Call:
    """`tries` is how often Z.AI was asked; None before that."""

    def __init__(self, chat_request: ChatRequest, request_id: str) -> None:
        self.key = settings.ZAI_API_KEY
        self.chat_request = chat_request
        self.request_id = request_id
        self.tries: int | None = None
        self.repaired_names: list[str] = []  # of tools; grows with a streamed answer
        self._question: Question | None = None

    async def try_to_stream(self) -> tuple[Answer, Batch]:
        """Return the answer, open, and its first events. Raises Failure."""
        answer = await client(self.key).stream(*await self._prepare())
        self.repaired_names = answer.repaired_names
        try:
            while not (first := await answer.read()):
                if first is None:
                    raise UpstreamFailed("Z.AI's answer ended before it began.")
            return answer, first
        except BaseException:
            await answer.aclose()
            raise

    async def try_to_complete(self) -> tuple[bytes, Event]:
        """Return the whole answer, as it came and decoded. Raises Failure."""
        body = await client(self.key).complete(*await self._prepare())
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

    def turn_to(self, chat_request: ChatRequest, key: str) -> None:
        """Ask another model, or with another key, from the next try on."""
        self.chat_request, self.key = chat_request, key
        self._question = None

    def forget(self) -> None:
        """Let go of what is asked, which may be large: it is asked no more."""
        self._question = None

    async def _prepare(self) -> tuple[Question, str]:
        """Return what Z.AI is asked at this try, and under which id."""
        self.tries = number = (self.tries or 0) + 1
        if self._question is None:
            self._question = await client(self.key).prepare(self.chat_request)
        # Z.AI refuses an id it has seen (1231).
        id_of_try = self.request_id if number == 1 else f"{self.request_id}-{number}"
        return self._question, id_of_try
