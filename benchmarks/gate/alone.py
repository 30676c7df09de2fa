"""`python -m benchmarks.gate.alone`: a slot taken and given back, without a server.

Prints the µs of processor time that it takes in one process where nothing waits.
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
        found = [asyncio.run(_take_turns()) for _ in range(TURNS)]
    print(f"{statistics.median(found):.1f}")


async def _take_turns() -> float:
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
    gate().close()
    return took / SLOTS_A_TURN * US


if __name__ == "__main__":
    main()
