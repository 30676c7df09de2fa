"""`python -m benchmarks.gate.alone`: what the gate costs by itself, without a server.

Prints the µs of processor time in one process where nothing waits: of a slot taken and
given back, and of a whole question whose answer is there at once, which has the slot,
the choice of whom to ask, the limit of time and the tries.
"""

import asyncio
import os
import statistics
import tempfile
import time

TURNS = 9
SLOTS_A_TURN = 2000
KEY, MODEL = "benchmark.key", "glm-4.6"
US = 1_000_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "for-the-benchmark-only",
            "DATABASE_URL": f"sqlite:///{folder}/benchmark.sqlite3",
            "CHAT_SPOOL_DIR": folder,
            "ALLOWED_HOSTS": "127.0.0.1",
            "ZAI_API_KEY": KEY,
            "ZAI_CONCURRENCY": "auto",
            "REDIS_URL": "",
        }
        import django

        django.setup()
        for take_turns in (_take_slots, _ask_questions):
            found = [asyncio.run(take_turns()) for _ in range(TURNS)]
            print(f"{statistics.median(found):.1f}")


async def _take_slots() -> float:
    from chat.gate.gate import gate
    from chat.gate.targets import Target
    from chat.gate.waiter import Who

    lane, who = gate().lane(Target(KEY, MODEL)), Who("client", "user")
    began = time.thread_time()
    for _ in range(SLOTS_A_TURN):
        slot = await lane.take(lane.make_waiter(who), 60.0)
        slot.begun()
        slot.release()
    took = time.thread_time() - began
    await gate().close()
    return took / SLOTS_A_TURN * US


async def _ask_questions() -> float:
    from chat.conversation import ChatRequest
    from chat.gate.asking import Asking
    from chat.gate.gate import gate
    from chat.gate.waiter import Who
    from chat.observation import Observation
    from chat.upstream.attempts import Attempts

    hello, who = [{"role": "user", "content": "Hello"}], Who("client", "user")
    chat_request = ChatRequest(hello, MODEL, stream=True)
    gate()
    began = time.thread_time()
    for _ in range(SLOTS_A_TURN):
        asking = Asking(chat_request, "req_1", who, Attempts(Observation()))
        await asking._ask(lambda _: 60.0, _answer)
        asking.over()
    took = time.thread_time() - began
    await gate().close()
    return took / SLOTS_A_TURN * US


async def _answer(_: object) -> None:
    """As a call of Z.AI that costs nothing."""


if __name__ == "__main__":
    main()
