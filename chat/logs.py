"""How log lines look: with the request's id, for people or machines, without keys."""

import json
import logging
import logging.config
import os
import re
import sys
from typing import Any

from django.conf import settings
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter
from uvicorn.logging import AccessFormatter, ColourizedFormatter

from chat import request_id

_BEARER = re.compile(r"(?i)(bearer\s+)[^\s'\",]+")
# A shorter text is no key, and would be found inside other words.
_SHORTEST_SECRET = 8


def configure(config: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: as dictConfig, but request lines once off stay off.

    uvicorn's `--no-access-log`, and gunicorn without an access log, switch them off
    before the settings are read, by leaving their logger nothing to write to.
    """
    access = logging.getLogger("uvicorn.access")
    off = not (access.handlers or access.propagate)
    logging.config.dictConfig(config)
    if off:
        access.propagate = False


class RequestIdFilter(logging.Filter):
    """Gives every record the id of the request being served."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.current.get()
        return True


class ConsoleFormatter(ColourizedFormatter):
    """A line for people, in colours on a terminal; request lines as uvicorn's."""

    def __init__(self) -> None:
        colours = sys.stderr.isatty() and "NO_COLOR" not in os.environ
        start = "%(asctime)s %(levelprefix)s %(request_id)s "
        super().__init__(f"{start}%(name)s: %(message)s", use_colors=colours)
        line = f'{start}%(client_addr)s "%(request_line)s" %(status_code)s'
        self._access = AccessFormatter(line, use_colors=colours)

    def formatMessage(self, record: logging.LogRecord) -> str:
        if record.name == "uvicorn.access" and len(record.args or ()) == 5:
            return self._access.formatMessage(record)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


class JsonFormatter(BaseJsonFormatter):
    """One JSON object a line, with whatever the log call gave as `extra`."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "request_id", "message"],
            rename_fields={"levelname": "level", "name": "logger"},
            reserved_attrs=[*RESERVED_ATTRS, "color_message", "request"],
            timestamp="time",
            json_ensure_ascii=False,
        )

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def redacted(line: str) -> str:
    """`line` without the API key, whole or its secret half, and without any bearer."""
    key = settings.ZAI_API_KEY
    for secret in (key, key.rpartition(".")[2]):
        if len(secret) >= _SHORTEST_SECRET:
            line = line.replace(secret, "[redacted]")
            line = line.replace(json.dumps(secret)[1:-1], "[redacted]")
    return _BEARER.sub(r"\1[redacted]", line)
