"""Everything the stand-in can play, as words for a message."""

from chat.simulator.faults import STATUS
from chat.simulator.scenarios import TABLE

# Where the stand-in's own defaults would take long, or all callers with them.
VALUES = {
    "busy": "0.2",
    "shut": "1308@0",
    "takes": "1",
    "slow-headers": "1",
    "slow": "1",
    "stall": "8@5",
    "trickle": "0.05",
    "think": "1",
    "hold-open": "2",
}


def scenarios() -> list[str]:
    named = [
        f"sim:{row.name}={VALUES.get(row.name, row.default)}".removesuffix("=")
        for row in TABLE
    ]
    errors = [
        f"sim:{kind}={code}" for code in STATUS for kind in ("error", "error-once")
    ]
    return [*named, *errors]
