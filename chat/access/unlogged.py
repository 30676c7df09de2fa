"""Budgets of clients where no log adds up what was spent: nothing would hold them."""

import logging

from django.conf import settings
from django.db.models import Q

from chat.models import Client

logger = logging.getLogger(__name__)

BUDGETS = [
    f"{whose}budget_usd_per_{period}"
    for whose in ("", "user_")
    for period in ("day", "month")
]


def find_unlogged_budget() -> str | None:
    """Return why the service cannot be started, in a sentence; None if it can.

    Where the database does not answer, nothing is known of budgets.
    """
    if settings.CHAT_REQUEST_LOG:
        return None
    has_budget = Q()
    for name in BUDGETS:
        has_budget |= Q(**{f"{name}__isnull": False})
    try:
        client = Client.objects.filter(has_budget, revoked_at=None).first()
    except Exception as error:  # of a driver, a pool, or there are no tables yet
        logger.debug("Whether clients have budgets is not known: %s", error)
        return None
    if client is None:
        return None
    return (
        f"Client {client.pk} has a budget, and CHAT_REQUEST_LOG=false keeps nothing of"
        " what is spent: set it to true, or take the budget away."
    )
