"""What is looked for. A further condition is a module here, and a place in one list."""

from chat.alerts.conditions.account import ACCOUNT
from chat.alerts.conditions.failures import FAILURES
from chat.alerts.conditions.log import LOG
from chat.alerts.conditions.models import MODELS
from chat.alerts.conditions.queue import QUEUE
from chat.alerts.conditions.spending import SPENDING

# The same whichever process looks, by what the database has.
SHARED = [ACCOUNT, FAILURES, SPENDING, MODELS, QUEUE]
# Of one host: what the database cannot know, for it may be away.
OF_THE_HOST = [LOG]
