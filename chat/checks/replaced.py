"""Checks of others that know middleware by its name, and miss our subclasses of it."""

from axes.checks import axes_middleware_check
from django.core.checks.registry import registry
from django.core.checks.security.base import (
    check_security_middleware,
    check_xframe_options_middleware,
)
from django.core.checks.security.csrf import check_csrf_middleware


def forget_replaced_checks() -> None:
    """Take them out. Silenced they would be counted each time that a server starts, as
    if something had been hidden; `check_middleware` says the same of ours."""
    replaced = {
        axes_middleware_check,
        check_security_middleware,
        check_xframe_options_middleware,
        check_csrf_middleware,
    }
    for checks in (registry.registered_checks, registry.deployment_checks):
        checks -= replaced
