"""What words on a command line stand for. Each raises ArgumentTypeError."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

MOST = 2_147_483_647  # that every database counts to


def number(text: str) -> int:
    """A whole number from 1."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if not 1 <= value <= MOST:
        raise ArgumentTypeError(f"a whole number from 1 to {MOST:,}, not {text}")
    return value


def amount(text: str) -> Decimal:
    """US dollars, to the cent."""
    try:
        value = Decimal(text)
        is_one = value.is_finite() and value >= 0 and value == round(value, 2)
    except (InvalidOperation, ValueError):
        is_one = False
    if not is_one or value >= 10**10:
        raise ArgumentTypeError(f"US dollars such as 5 or 2.50, not {text}")
    return round(value, 2)


def moment(text: str) -> datetime:
    """A day or a moment that is still to come, in UTC unless it says otherwise."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            f"a moment such as 2027-01-31 or 2027-01-31T18:00 (UTC), not {text}"
        ) from None
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    if value <= datetime.now(UTC):
        raise ArgumentTypeError(f"a moment to come, unlike {text}")
    return value
