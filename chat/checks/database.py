"""How a database elsewhere is reached."""

import os
from typing import Any

from django.core.checks import CheckMessage, Warning
from django.db import connection

from chat.checks.loopback import is_loopback

_ENCRYPTED = ("require", "verify-ca")


def check_database_tls(**_: Any) -> list[CheckMessage]:
    host = str(connection.settings_dict["HOST"])
    is_here = not host or host.startswith("/") or is_loopback(host)
    mode = _mode()
    if connection.vendor != "postgresql" or is_here or mode == "verify-full":
        return []
    danger = "the password and what people write may travel in the clear"
    if mode in _ENCRYPTED:
        danger = "whoever stands in between may pose as the database"
    return [
        Warning(
            f"The database at {host} is reached with sslmode={mode}: {danger}.",
            hint="Put ?sslmode=verify-full&sslrootcert=/path/to/ca.pem at the end of "
            "DATABASE_URL, with the authority that signed the database's certificate.",
            id="chat.W017",
        )
    ]


def _mode() -> str:
    """As libpq finds it."""
    options = connection.settings_dict.get("OPTIONS", {})
    return str(options.get("sslmode") or os.environ.get("PGSSLMODE") or "prefer")
