"""A process that takes two slots, waits for more, and is killed.

python -m chat.tests.gate.holder REDIS_URL FOLDER
"""

import asyncio
import sys

import django
from django.conf import settings


async def hold() -> None:
    from chat.gate.concurrency import Concurrency
    from chat.gate.gate import Gate
    from chat.tests.gate.queue import Queue, take_all

    settings.REDIS_URL, settings.CHAT_SPOOL_DIR = sys.argv[1:]
    settings.ZAI_CONCURRENCY = Concurrency(of_all=3)
    gate = Gate()
    assert gate.messenger
    await gate.messenger.begin()
    held = await take_all(gate, 2)
    print("holds", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    queue = Queue()
    for name in ("first", "second"):
        await queue.add(gate, name)
    print("waits", flush=True)
    await asyncio.Event().wait()
    assert held


if __name__ == "__main__":
    django.setup()
    asyncio.run(hold())
