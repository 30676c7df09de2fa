"""What a test asks for by name: the simulator, the service, a folder of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.access import entrance, watch
from chat.access.directory import directory
from chat.access.rates import Rates
from chat.gate.concurrency import Concurrency
from chat.simulator import Options, running
from chat.tests.serving import Service, point_at, service_for

HERE = Path(__file__).parent
# What another database may change, of the folders as far as it asks the database at
# all. .ci/run has all other tests on one only.
EVERYWHERE = [
    HERE / name
    for name in (
        "access/test_client_command.py",
        "access/test_clients.py",
        "access/test_database_away.py",
        "access/test_doors.py",
        "access/test_open.py",
        "access/test_settlement.py",
        "access/test_spending.py",
        "access/test_users.py",
        "admin",
        "alerts",
        "requestlog",
        "doctor/test_order.py",
        "e2e/test_many_at_once.py",
        "test_checks.py",
        "test_endings.py",
        "test_health.py",
        "test_middleware.py",
        "test_readme.py",
        "test_visit.py",
    )
]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is not asked for need not be imported either."""
    if config.option.markexpr != "not once":
        return None
    for place in EVERYWHERE:
        if (
            collection_path in (place, *place.parents)
            or place in collection_path.parents
        ):
            return None
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A service writes its log from a thread: it needs a database that commits."""
    for item in items:
        module = getattr(item, "module", None)
        if "service" in getattr(item, "fixturenames", ()) or hasattr(
            module, "service_for"
        ):
            item.add_marker(pytest.mark.django_db(transaction=True))
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
        if HERE in item.path.parents and not _may_change(item):
            item.add_marker(pytest.mark.once)


def _may_change(item: pytest.Item) -> bool:
    """Whether what a test finds may be another on another database."""
    if item.path in EVERYWHERE:
        return True
    is_of_a_folder = any(place in item.path.parents for place in EVERYWHERE)
    # Without these pytest-django lets nobody ask the database.
    may_ask = item.get_closest_marker("django_db") or {"db", "transactional_db"} & {
        *getattr(item, "fixturenames", ())
    }
    return is_of_a_folder and bool(may_ask)


@pytest.fixture(autouse=True)
def _spool(settings: Any, tmp_path: Path) -> None:
    settings.CHAT_SPOOL_DIR = str(tmp_path / "spool")


@pytest.fixture(autouse=True)
def _open_gate(settings: Any) -> None:
    """Nobody waits for Z.AI, as far as Z.AI takes them."""
    settings.ZAI_CONCURRENCY = Concurrency(of_all=1000)
    settings.CHAT_QUEUE_SECONDS = 3.0


@pytest.fixture(autouse=True)
def _no_watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who may ask is another matter in each test, and who tried in vain to."""
    monkeypatch.setattr(entrance, "_wrong_keys", Rates())
    yield
    watch.stop()
    directory.clear()


@pytest.fixture(scope="session")
def _simulator() -> Iterator[Any]:
    with running(Options(speed=0)) as simulator:
        yield simulator


@pytest.fixture
def zai(_simulator: Any, settings: Any) -> Any:
    """Z.AI, as far as the service can tell."""
    _simulator.reset()
    point_at(settings, _simulator.base_url)
    return _simulator


@pytest.fixture
def service(zai: Any, settings: Any) -> Iterator[Service]:
    """The service over real HTTP, on the simulator."""
    with service_for() as running_service:
        yield running_service
