"""What `manage.py check` says about the configuration, and what to do about it."""

from collections.abc import Callable

from django.core.checks import CheckMessage

from chat.checks.database import check_database_tls
from chat.checks.deployment import (
    check_access,
    check_cors,
    check_hosts,
    check_https,
    check_middleware,
    check_page,
    check_redirect,
    check_secret,
)
from chat.checks.files import check_files
from chat.checks.old_names import check_old_names
from chat.checks.request_log import check_budgets, check_spool, check_sqlite
from chat.checks.server import (
    check_debug_host,
    check_descriptors,
    check_grace,
    check_runserver,
    check_silence,
    check_workers,
)
from chat.checks.zai import (
    check_api_key,
    check_base_url,
    check_default_model,
    check_plan,
)

Check = Callable[..., list[CheckMessage]]

ALWAYS: list[Check] = [
    check_runserver,
    check_api_key,
    check_base_url,
    check_plan,
    check_default_model,
    check_silence,
    check_debug_host,
    check_grace,
    check_descriptors,
    check_workers,
    check_sqlite,
    check_spool,
    check_budgets,
    check_files,
    check_old_names,
]
AT_DEPLOY: list[Check] = [
    check_secret,
    check_middleware,
    check_https,
    check_redirect,
    check_hosts,
    check_cors,
    check_page,
    check_database_tls,
    check_access,
]
