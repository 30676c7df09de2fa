"""Why there is no text of a request."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from chat.ending import Ending
from chat.models import RequestLog

STAYS = "The figures stay."


def why_no_text(row: RequestLog) -> str:
    """Return a sentence, as sure as the row is."""
    return f"No text: {_why(row)} {STAYS}"


def _why(row: RequestLog) -> str:
    if row.parameters.get("store") is False:
        return 'the request said "store": false.'
    if _is_blank(row):
        return "who asked was forgotten, and what was said with it."
    if row.ending == Ending.REFUSED:
        return "a request that was turned away is kept without."
    days = settings.CHAT_TEXT_DAYS
    if days and row.created_at < timezone.now() - timedelta(days=days):
        return f"it was removed after {days} days (CHAT_TEXT_DAYS)."
    if not settings.CHAT_STORE_TEXT:
        return "none is stored (CHAT_STORE_TEXT=false)."
    return (
        "it was not stored. When it was asked CHAT_STORE_TEXT was false, or the"
        " database could not take the text; the service’s log has that."
    )


def _is_blank(row: RequestLog) -> bool:
    """As `manage.py forget` leaves it; every other row says who asked."""
    return not (row.address or row.user_agent or row.user_id) and bool(row.ending)
