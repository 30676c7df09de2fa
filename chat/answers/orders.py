"""What one process asks of another about an answer that the other makes."""

from typing import Any

from chat.answers.elsewhere import key_of_orders
from chat.answers.shelf import shelf

# A process that is dead reads none.
SECONDS_OF_AN_ORDER = 60


class Orders:
    """Those that wait to be sent: to which process, and what."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, str]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, process: str, what: str, request_id: str) -> None:
        """`what` is `stop`, `stop-chat`, `join` or `part`."""
        self._waiting.append((process, f"{what} {request_id}"))

    def clear(self) -> None:
        self._waiting.clear()

    async def send(self, client: Any) -> None:
        """Raises what redis-py raises; then they are lost, for they grow old."""
        if not self._waiting:
            return
        orders, self._waiting = self._waiting, []
        pipeline = client.pipeline(transaction=False)
        for process, what in orders:
            pipeline.rpush(key_of_orders(process), what)
            pipeline.expire(key_of_orders(process), SECONDS_OF_AN_ORDER)
        await pipeline.execute()


def obey(order: str) -> None:
    """Do what another process asks of us."""
    what, _, identity = order.partition(" ")
    answer = shelf.of_request(identity)
    if what == "stop-chat" and answer and answer.ended is not None:
        # Redis did not have the next of that chat yet when it was asked.
        answer = shelf.find(answer.chat_id, answer.owner)
    if answer is None or answer.ended is not None:
        return
    if what in ("stop", "stop-chat"):
        answer.stop()
    elif what == "join" and answer.audience:
        answer.audience.join()
    elif what == "part" and answer.audience:
        answer.audience.part()
