"""The service in a process of its own, which misses others sooner."""

from chat.tests.requestlog.quick import application as application  # noqa: I001
from chat.answers import following, telling

telling.SECONDS_TO_LIVE = 2
following.SECONDS_OF_DOUBT = 1.0
