"""Chats in which this process answers now: what others answer there is stopped."""

from typing import Any

from chat.answers.answer import Answer
from chat.answers.elsewhere import key_of_chat, key_of_head, read_head
from chat.answers.orders import Orders


class Replacing:
    """Those of which Redis was not asked yet."""

    def __init__(self, process: str, orders: Orders) -> None:
        self._process = process
        self._orders = orders
        self._waiting: list[tuple[str, Answer]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, answer: Answer) -> None:
        if key := key_of_chat(answer.owner, answer.chat_id):
            self._waiting.append((key, answer))

    def clear(self) -> None:
        self._waiting.clear()

    async def stop_others(self, client: Any) -> None:
        """Order it. Raises what redis-py raises."""
        while self._waiting:
            key, answer = self._waiting[0]
            before = await client.get(key)
            if before and (identity := before.decode()) != answer.request_id:
                head = read_head(await client.hgetall(key_of_head(identity)))
                if head and head.state == "open" and head.process != self._process:
                    self._orders.add(head.process, "stop", identity)
            self._waiting.pop(0)
