"""The service in a process of its own, with a log that does everything sooner."""

from config.asgi import application as application  # noqa: I001 (sets Django up)
from chat.tests.requestlog.hurry import hurry

hurry(setattr)
