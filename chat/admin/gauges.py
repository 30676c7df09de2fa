"""How much of a limit is used, in words and as a bar."""

from dataclasses import dataclass
from decimal import Decimal

from chat.admin.amounts import budget, dollars

FINE, NEAR, SPENT = "fine", "near", "spent"
# From where on whoever pays is told.
TELLING = Decimal("0.8")


@dataclass(frozen=True)
class Gauge:
    """`kind` is the colour of the bar, `width` its length in percent."""

    name: str
    said: str
    left: str
    kind: str
    width: str
    link: str = ""


def kind_of(used: Decimal, limit: Decimal) -> str:
    if used >= limit:
        return SPENT
    return NEAR if used >= limit * TELLING else FINE


def of_budget(
    name: str,
    used: Decimal,
    limit: Decimal,
    held: Decimal = Decimal(0),
    link: str = "",
) -> Gauge:
    """`held` is what open requests may cost at most."""
    said = f"{dollars(used)} of {budget(limit)}"
    if held:
        said += f", {dollars(held)} set aside for what is open"
    left = dollars(max(limit - used - held, Decimal(0)))
    kind = kind_of(used, limit)
    words = "spent" if kind == SPENT else f"{left} left"
    return Gauge(name, said, words, kind, _width(used + held, limit), link)


def of_number(name: str, used: int, limit: int) -> Gauge:
    left = max(limit - used, 0)
    words = f"{left:,} left" if left else "all in use"
    kind = kind_of(Decimal(used), Decimal(limit))
    width = _width(Decimal(used), Decimal(limit))
    return Gauge(name, f"{used:,} of {limit:,}", words, kind, width)


def _width(used: Decimal, limit: Decimal) -> str:
    share = min(used / limit, Decimal(1)) if limit else Decimal(1)
    return f"{100 * share:.2f}%"
