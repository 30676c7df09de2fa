"""The lanes to Z.AI, of one process and event loop."""

import asyncio
import errno
import logging
from collections.abc import Callable, MutableMapping
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from weakref import WeakKeyDictionary

from django.conf import settings

from chat.conversation import ChatRequest
from chat.failures import AtCapacity
from chat.gate import learning
from chat.gate.crowd import Crowd
from chat.gate.hosts import Divided, begin_share
from chat.gate.lane import Lane
from chat.gate.loyalty import Loyalty
from chat.gate.messenger import Messenger
from chat.gate.retries import RetryBudget
from chat.gate.shared import SharedSlots
from chat.gate.state import OwnSlots, Slots, State
from chat.gate.targets import Target
from chat.glm.known import find
from chat.redis.connections import connect

try:
    from chat.gate.host import SUPPORTED, HostSlots
except ImportError:  # Windows has no such locks
    SUPPORTED = False

logger = logging.getLogger(__name__)

FOLDER = "gate"
LOYALTY = "answered"
# Of the names of models that callers think up: files, and lanes without anybody in.
MOST_FILES = 4096
MOST_IDLE_LANES = 64


class Gate:
    """Use it on the event loop that was running as it was made."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.retries = RetryBudget()
        self.crowd = Crowd()
        self._loyalty = Loyalty(Path(settings.CHAT_SPOOL_DIR) / FOLDER / LOYALTY)
        self._lanes: dict[tuple[str, str], Lane] = {}
        self.divided: dict[tuple[str, str], Divided] = {}
        connections = connect()
        self.messenger = Messenger(connections) if connections else None

    def lane(self, target: Target) -> Lane:
        """Return the lane of a key of Z.AI's and a model."""
        name = (target.key, target.model.lower())
        if (lane := self._lanes.get(name)) is None:
            self._drop_idle()
            lane = self._lanes[name] = self._make(*name)
        return lane

    def sort(self, targets: list[Target], asked: ChatRequest) -> list[Target]:
        """Return `targets` in the order in which they are to be asked.

        Who answered the conversation before comes first. Of several keys for one model
        those come first that have a slot to spare.
        """
        order = {target.model: index for index, target in enumerate(targets)}
        free = sorted(
            targets, key=lambda each: (order[each.model], not self.lane(each).is_free)
        )
        return self._loyalty.put_first(asked, free)

    def answered(self, asked: ChatRequest, target: Target) -> None:
        """Remember who answered, where there was a choice."""
        if settings.ZAI_FALLBACKS or settings.ZAI_API_KEYS:
            self._loyalty.note(asked, target)

    def lanes(self) -> list[tuple[str, Lane]]:
        """Return all lanes with their keys; from any thread."""
        return [(key, lane) for (key, _), lane in list(self._lanes.items())]

    def call(self, callback: Callable[[], None]) -> None:
        """Have `callback` called on the gate's event loop; from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback)

    async def close(self) -> None:
        if self.messenger:
            await self.messenger.close()
        for _, lane in self.lanes():
            lane.close()
        self._lanes.clear()
        self.divided.clear()

    def _make(self, key: str, model: str) -> Lane:
        highest = settings.ZAI_CONCURRENCY.highest(model)
        state = State(learning.start(highest))
        digest = blake2b(f"{key}\n{model}".encode(), digest_size=8).digest()
        slots = _make_slots(_file_name(model, digest), state)
        if SUPPORTED and isinstance(slots, HostSlots):
            begin_share(slots, highest)
            if highest is not None:
                self.divided[key, model] = Divided(digest.hex(), highest, slots)
        if self.messenger:
            shared = SharedSlots(digest.hex(), slots, highest, self.messenger)
            self.messenger.add(shared)
            slots = shared
        return Lane(model, slots, self.crowd, highest)

    def _drop_idle(self) -> None:
        idle = [name for name, lane in self._lanes.items() if lane.is_idle]
        for name in idle[: max(0, len(idle) - MOST_IDLE_LANES)]:
            self._lanes.pop(name).close()
            self.divided.pop(name, None)


def _file_name(model: str, digest: bytes) -> str:
    """Return a name of its own for a model that is known; others share some thousands,
    for callers may think up any number of them."""
    if find(model) or model in settings.ZAI_FALLBACKS.values():
        return f"{digest.hex()}.slots"
    return f"{int.from_bytes(digest) % MOST_FILES:03x}.slots"


def _make_slots(name: str, state: State) -> Slots:
    """Return slots that the processes of this host share, as far as it can."""
    if not SUPPORTED:
        return OwnSlots(state)
    folder = Path(settings.CHAT_SPOOL_DIR) / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return HostSlots(folder / name, state)
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise AtCapacity(
                "The chat service is answering as many requests as it can.",
                diagnosis="no file descriptor is left for the gate",
            ) from error
        logger.warning(
            "Slots at Z.AI are not shared with other processes: %s", error.strerror
        )
        return OwnSlots(state)


_gates: MutableMapping[asyncio.AbstractEventLoop, Gate] = WeakKeyDictionary()


def gate() -> Gate:
    """Return the gate of the running event loop; made on first use."""
    loop = asyncio.get_running_loop()
    if (found := _gates.get(loop)) is None:
        found = _gates[loop] = Gate()
    return found


def gates() -> list[Gate]:
    """Return those of this process, for who looks from another thread."""
    return list(_gates.values())


def divided() -> list[Divided]:
    """Return the lanes of which each host has a share; from any thread."""
    return [lane for gate in gates() for lane in list(gate.divided.values())]


def problems() -> list[str]:
    """Return a sentence if Redis does not count what is asked of Z.AI."""
    found = [each.messenger.problems() for each in gates() if each.messenger]
    return list(dict.fromkeys(chain.from_iterable(found)))


def redis_counts() -> bool | None:
    """Return whether Redis gives turns to this process; None where there is none."""
    found = [each.messenger.counts for each in gates() if each.messenger]
    return all(found) if found else None


async def begin() -> None:
    """Have Redis know this process before it asks Z.AI anything; not for long."""
    if messenger := gate().messenger:
        await messenger.begin()


async def close() -> None:
    """Leave the slots of the running event loop to other processes."""
    if found := _gates.pop(asyncio.get_running_loop(), None):
        await found.close()
