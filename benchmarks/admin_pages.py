"""What a caller of the chat notices while the admin draws pages full of hostile text.

Run it with `python -m benchmarks.admin_pages`. It prints the time of a whole answer,
alone and beside ten readers of such pages; DATABASE_URL may name an empty database.
"""

import contextlib
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from benchmarks.ours import Ours
from benchmarks.process import running
from benchmarks.server import Place
from benchmarks.standin import standing_in
from chat.tests.ports import free_port

READERS = 10
QUESTIONS = 60
GOAL_MS = 100


def main() -> None:
    with tempfile.TemporaryDirectory() as name, standing_in(Path(name)) as standin:
        place = Place(Path(name), free_port(), standin)
        url = os.environ.get("DATABASE_URL")
        ours = Ours("ours", "ours", settings={"DATABASE_URL": url} if url else {})
        ours.prepare(place)
        os.environ |= ours.environment(place)
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        cookie, pages = _stored()
        log = place.folder / "log"
        with running(ours.command(place), ours.environment(place), log, place.port):
            base = f"http://127.0.0.1:{place.port}"
            alone = _answers(base)
            with _reading([base + page for page in pages], cookie):
                beside = _answers(base)
    _tell("alone", alone)
    _tell(f"beside {READERS} readers", beside)
    median = statistics.median(beside)
    print(f"median {median:.0f} ms: {'well' if median < GOAL_MS else 'NOT'} within 100")


def _stored() -> tuple[str, list[str]]:
    """A session of the admin's, and pages of requests that strangers made large."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    from chat.tests.admin.hostile import LARGE
    from chat.tests.admin.test_hostile import stored

    client = Client()
    user = get_user_model().objects.create_superuser("ada")
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
    name = settings.SESSION_COOKIE_NAME
    pages = [
        f"/admin/chat/requestlog/{stored(*messages).pk}/change/"
        for messages in LARGE.values()
    ]
    return f"{name}={client.cookies[name].value}", pages


@contextlib.contextmanager
def _reading(pages: list[str], cookie: str) -> Iterator[None]:
    """Readers who ask for one page after the other, each from another one on."""
    script = 'while :; do curl -s -o /dev/null -H "Cookie: $0" "$@" || exit; done'
    readers = [
        subprocess.Popen(["sh", "-c", script, cookie, *_from(pages, 2 * n)])
        for n in range(READERS)
    ]
    try:
        time.sleep(1)
        yield
    finally:
        for reader in readers:
            reader.terminate()
            reader.wait()


def _from(pages: list[str], first: int) -> list[str]:
    """The same, turned round; curl wants to be told of each where it goes."""
    turned = [*pages[first:], *pages[:first]]
    return [word for page in turned for word in (page, "-o", "/dev/null")]


def _answers(base: str) -> list[float]:
    """Milliseconds of each."""
    found = []
    body = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}
    with httpx.Client(trust_env=False, timeout=60) as client:
        for _ in range(QUESTIONS):
            start = time.perf_counter()
            client.post(f"{base}/api/chat", json=body).raise_for_status()
            found.append((time.perf_counter() - start) * 1000)
            time.sleep(0.02)
    return found


def _tell(name: str, times: list[float]) -> None:
    high = statistics.quantiles(times, n=10)[-1]
    print(f"{name:18} p50 {statistics.median(times):6.1f} ms   p90 {high:6.1f} ms")


if __name__ == "__main__":
    main()
