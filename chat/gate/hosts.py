"""What the hosts that share a database leave to each other, where Redis does not count.

Only a number in ZAI_CONCURRENCY can be shared out; what Z.AI takes is learned on each
host by itself.
"""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from chat.gate.host import HostSlots  # Windows has no such locks

NAME = "host"


class Divided(NamedTuple):
    """A lane of this process, of which each host has a share."""

    name: str
    highest: int
    slots: "HostSlots"


class Hosts:
    """`others` says whether other hosts are there: then nothing is taken in a lane
    before it is known what is left for this one."""

    others = False


hosts = Hosts()


def begin_share(slots: "HostSlots", highest: int | None) -> None:
    """Set the share of this host in a lane that a process has just begun to use."""
    if highest is None:
        slots.share = None
    elif slots.is_first:
        slots.share = 0 if hosts.others else None


def name_of_host(folder: Path) -> str:
    """Return what the processes that share `folder` have in common, and no others.

    Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / NAME
    try:
        with path.open("x") as file:
            file.write(secrets.token_hex(8))
    except FileExistsError:
        pass
    return path.read_text()[:32] or "unknown"


def share(limit: int, index: int, number: int, turn: int) -> int:
    """Return how many of `limit` the host `index` of `number` has in a turn.

    What is over goes round, so that none has none for ever.
    """
    each, over = divmod(limit, number)
    return each + ((index + turn) % number < over)
