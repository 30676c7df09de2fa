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
    """Whether the order is used for the first time; nobody else may use it then."""
    now = datetime.now(UTC)
    try:
        Diagnosis.objects.filter(began_at__lt=now - KEPT).delete()
        Diagnosis.objects.create(nonce=nonce, began_at=now)
    except IntegrityError:
        return False
    finally:
        connection.close()
    return True


def ended(nonce: str, at: float, how: str) -> None:
    try:
        Diagnosis.objects.filter(nonce=nonce).update(
            ended_at=datetime.fromtimestamp(at, UTC), how=how
        )
    finally:
        connection.close()


def look(nonce: str) -> dict[str, Any] | None:
    """`{"ended": seconds since 1970 or null, "how"}`; None if it never began."""
    try:
        row = Diagnosis.objects.filter(nonce=nonce).first()
    finally:
        connection.close()
    if row is None:
        return None
    return {"ended": row.ended_at and row.ended_at.timestamp(), "how": row.how}
