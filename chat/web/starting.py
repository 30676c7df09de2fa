"""What an operator has to hear at the start, whatever server starts the service.

`manage.py check` says it too; uvicorn and gunicorn run no checks.
"""

import logging
from pathlib import Path

from django.conf import settings

from chat.checks.old_names import tell_old_names
from chat.upstream import plan
from chat.web.siblings import Siblings
from chat.web.supervisor import supervisor

logger = logging.getLogger(__name__)


def warn() -> Siblings | None:
    """Log what is set and is not as it seems: once, however many workers there are.

    Returns what tells the other workers, to be closed at the end.
    """
    number = supervisor()
    siblings = None
    if number is not None:
        siblings = Siblings(Path(settings.CHAT_SPOOL_DIR), number, "started")
        if not siblings.be_first():
            return None
    if plan.is_of_coding_plan(settings.ZAI_BASE_URL):
        logger.warning("%s %s", plan.SENTENCE, plan.REMEDY)
    tell_old_names()
    return siblings
