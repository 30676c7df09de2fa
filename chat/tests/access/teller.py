"""A process with a ledger of its own, told what to do by lines of JSON."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parents[3]
BEAT_SECONDS = 0.1


class Teller:
    """The process, as the test sees it."""

    def __init__(self, name: str, url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chat.tests.access.teller", name],
            cwd=BASE_DIR,
            env={**os.environ, "REDIS_URL": url, "SECRET_KEY": "x" * 60},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def begin(self, *words: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(words).encode() + b"\n")
        self.process.stdin.flush()

    def end(self) -> Any:
        """What came of what was begun."""
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def do(self, *words: Any) -> Any:
        self.begin(*words)
        return self.end()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()


def main(name: str) -> None:
    import django

    django.setup()
    from chat.access.ledger import make_ledger

    ledger = make_ledger(name, lambda sums: {}, dict)
    ledger.refresh()

    def beat() -> None:
        while True:
            ledger.refresh()
            threading.Event().wait(BEAT_SECONDS)

    threading.Thread(target=beat, daemon=True).start()
    asyncio.run(_serve(ledger))


async def _serve(ledger: Any) -> None:
    from chat.access.claim import money, place, turn
    from chat.tests.access.bank import a_day

    kinds = {
        "turn": lambda limit: turn("client:1", limit),
        "place": lambda limit: place("client:1", limit),
        "money": lambda limit: money("client:1", 1000, limit, a_day()),
    }
    while line := await asyncio.to_thread(sys.stdin.readline):
        match json.loads(line):
            case ["hold", kind, limit, first, number]:
                ids = [f"r{i}" for i in range(first, first + number)]
                claims = [kinds[kind](limit)]
                held = await asyncio.gather(*(ledger.hold(i, claims) for i in ids))
                taken = [i for i, one in zip(ids, held, strict=True) if not one.short]
                answer: Any = taken
            case ["settle", ids, charged]:
                for hold_id in ids:
                    ledger.settle(hold_id, charged)
                answer = None
            case ["release", ids]:
                for hold_id in ids:
                    ledger.release(hold_id)
                answer = None
            case _:
                answer = ledger.problems()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
