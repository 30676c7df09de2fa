"""The answers of this process: those that go on, and those that ended a while ago."""

import asyncio
from collections import OrderedDict

from django.conf import settings

from chat.answers.answer import Answer
from chat.answers.owner import Owner

SECONDS_BETWEEN_LOOKS = 5.0

Chat = tuple[str, str]
"""Whose chat it is, and its id."""


class Shelf:
    """Keeps no more than CHAT_KEEP_BYTES: what ended first goes first.

    What is to be told to Redis still counts though nobody here may ask for it.
    """

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._chats: dict[Chat, Answer] = {}
        self._ended: OrderedDict[str, Answer] = OrderedDict()
        self._untold: OrderedDict[str, Answer] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._answers)

    @property
    def kept(self) -> int:
        """How many have something to be asked for again; for any thread."""
        return sum(bool(one.frames) for one in list(self._answers.values()))

    def put(self, answer: Answer) -> None:
        """Have `answer` found from now on, by its request and by its chat."""
        self._answers[answer.request_id] = answer
        if chat := _chat_of(answer.owner, answer.chat_id):
            self._chats[chat] = answer

    def find(self, identity: str, owner: Owner) -> Answer | None:
        """Return the answer of that chat, or request, if `owner` may have it."""
        self.forget_old(asyncio.get_running_loop().time())
        chat = _chat_of(owner, identity)
        if chat and (found := self._chats.get(chat)):
            return found
        found = self._answers.get(identity)
        return found if found and owner.may_have(found.owner) else None

    def of_request(self, request_id: str) -> Answer | None:
        """Return the answer to that request, whoever may have it."""
        return self._answers.get(request_id)

    def replace(self, owner: Owner, chat_id: str) -> Answer | None:
        """Let go of the answer of that chat, for another is asked; return it if it goes
        on."""
        chat = _chat_of(owner, chat_id)
        found = self._chats.pop(chat, None) if chat else None
        return found if found and found.ended is None else None

    def end(self, answer: Answer) -> None:
        """`answer` has ended: what was sent of it is kept for a while."""
        answer.end(asyncio.get_running_loop().time())
        if answer.frames and answer.is_whole and not answer.frames.is_lost:
            self._ended[answer.request_id] = answer
        else:
            self._remove(answer)

    def was_told(self, answer: Answer) -> None:
        """Redis knows all of `answer`, or is to be told no more of it."""
        answer.is_told = False
        if self._untold.pop(answer.request_id, None):
            self._release(answer)

    def grew(self, size: int) -> None:
        """So many bytes more are held: make room, if there is none."""
        self.size += size
        if self.size > settings.CHAT_KEEP_BYTES:
            self._make_room()

    def forget_old(self, now: float) -> None:
        """Let go of what ended CHAT_KEEP_ANSWER_SECONDS ago, by the loop's clock."""
        oldest = now - settings.CHAT_KEEP_ANSWER_SECONDS
        while self._ended:
            answer = next(iter(self._ended.values()))
            if answer.ended is not None and answer.ended > oldest:
                return
            self._remove(answer)

    def clear(self) -> None:
        for answer in list(self._answers.values()):
            self._remove(answer)
        for answer in list(self._untold.values()):
            self.was_told(answer)

    def _make_room(self) -> None:
        while self.size > settings.CHAT_KEEP_BYTES:
            if self._untold:
                _, untold = self._untold.popitem(last=False)
                self._release(untold)
                untold.frames = None
                continue
            if self._ended:
                self._remove(next(iter(self._ended.values())))
                continue
            largest = max(self._answers.values(), key=_size_of, default=None)
            if largest is None or not _size_of(largest):
                return
            self._lose(largest)

    def _remove(self, answer: Answer) -> None:
        """Who follows it may read on: what it holds goes with the last of them."""
        if answer.is_told:
            self._untold[answer.request_id] = answer
        else:
            self._release(answer)
        self._ended.pop(answer.request_id, None)
        self._answers.pop(answer.request_id, None)
        chat = _chat_of(answer.owner, answer.chat_id)
        if chat and self._chats.get(chat) is answer:
            del self._chats[chat]

    def _release(self, answer: Answer) -> None:
        if answer.frames:
            self.size -= answer.frames.release()

    def _lose(self, answer: Answer) -> None:
        self._release(answer)
        if answer.frames:
            answer.frames.lose()


def _size_of(answer: Answer) -> int:
    return answer.frames.size if answer.frames else 0


def _chat_of(owner: Owner, chat_id: str) -> Chat | None:
    return (owner.key, chat_id) if owner.key and chat_id else None


shelf = Shelf()


async def forget_old_answers() -> None:
    """Let go of answers whose time is over, as long as the process serves."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        shelf.forget_old(loop.time())
