"""What all processes know of a diagnosis: that it began, and when and how it ended.

Synchronous, for a thread. No connection is kept: a stream lasts.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection

from chat.models import Diagnosis

# Longer than an order can be redeemed and a stream can last.
KEPT = timedelta(hours=1)


def redeem(nonce: str) -> bool:
    """Mark the order as used; whether this was the first time."""
    now = datetime.now(UTC)
    try:
        Diagnosis.objects.filter(began_at__lt=now - KEPT).delete()
        Diagnosis.objects.create(nonce=nonce, began_at=now)
    except IntegrityError:
        return False
    finally:
        connection.close()
    return True


def note_end(nonce: str, at: float, how: str) -> None:
    """Note how the stream of `nonce` ended, and when, in seconds since 1970.

    Raises what the database raises.
    """
    try:
        Diagnosis.objects.filter(nonce=nonce).update(
            ended_at=datetime.fromtimestamp(at, UTC), how=how
        )
    finally:
        connection.close()


def find(nonce: str) -> dict[str, Any] | None:
    """Return `{"ended": seconds since 1970 or None, "how"}`; None if it never began."""
    try:
        row = Diagnosis.objects.filter(nonce=nonce).first()
    finally:
        connection.close()
    if row is None:
        return None
    return {"ended": row.ended_at and row.ended_at.timestamp(), "how": row.how}
