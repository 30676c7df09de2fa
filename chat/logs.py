"""How log lines look: with the request's id, for people or machines, without keys."""

import logging
import logging.config
import os
import sys
import time
from copy import copy
from functools import cache
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter
from uvicorn.logging import AccessFormatter, ColourizedFormatter

from chat import keys, lines, request_id, trace_id

# Characters of a line, and of a traceback.
LONGEST_LINE = 32_000
LONGEST_TRACEBACK = 30_000
# Who reads a log line by line takes what is indented for more of the same.
INDENT = "    "

LONGEST_HOST = 100


def configure(config: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: as dictConfig, but request lines once off stay off.

    uvicorn's `--no-access-log`, and gunicorn without an access log, switch them off
    before the settings are read, by leaving their logger nothing to write to.
    """
    access = logging.getLogger("uvicorn.access")
    off = not (access.handlers or access.propagate)
    logging.config.dictConfig(config)
    # No line has them, nor the place in the code, which is looked for up the stack.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    if not settings.DEBUG:
        logging._srcfile = None  # as the HOWTO of `logging` says
    if off:
        access.propagate = False


class RequestIdFilter(logging.Filter):
    """Gives every record the id of the request being served."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.current.get()
        if trace := trace_id.current.get():  # JSON lines have all that is there
            record.trace_id, record.span_id = trace
        return True


class SuspicionFilter(logging.Filter):
    """Makes one line, of our own words, of what Django's guards refuse.

    Django logs it as an error with a traceback, and quotes all that was sent.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.name.startswith("django.security."):
            what = record.name.rpartition(".")[2]
            record.msg = "refused status=400: %s"
            record.args = (_suspicion(what, record),)
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def _suspicion(what: str, record: logging.LogRecord) -> str:
    if what != "DisallowedHost":
        return what
    meta = getattr(getattr(record, "request", None), "META", {})
    host = lines.shorten(str(meta.get("HTTP_HOST", "")), LONGEST_HOST)
    return f"the host {host} is not in ALLOWED_HOSTS"


class StaticFilesFilter(logging.Filter):
    """Leaves out the request lines of style sheets and scripts that were served: a page
    has dozens, and what went wrong would drown in them."""

    def filter(self, record: logging.LogRecord) -> bool:
        args = record.args
        if record.name != "uvicorn.access" or not isinstance(args, tuple):
            return True
        _, _, path, _, status = args
        prefix = settings.STATIC_URL
        return not (str(path).startswith(prefix) and int(str(status)) < 400)


class ConsoleFormatter(ColourizedFormatter):
    """A line for people, in colours on a terminal; request lines as uvicorn's.

    Whatever is in it, it is one line. A traceback follows in lines that are indented.
    """

    def __init__(self) -> None:
        self._colours = sys.stderr.isatty() and "NO_COLOR" not in os.environ
        start = "%(asctime)s %(levelprefix)s %(request_id)s "
        super().__init__(f"{start}%(name)s: %(message)s", use_colors=self._colours)
        line = f'{start}%(client_addr)s "%(request_line)s" %(status_code)s'
        self._access = AccessFormatter(line, use_colors=self._colours)
        self._second, self._shown = 0, ""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Many lines are of one second."""
        if (second := int(record.created)) != self._second:
            at = time.localtime(second)
            self._second, self._shown = second, time.strftime("%Y-%m-%d %H:%M:%S", at)
        return f"{self._shown},{int(record.msecs):03}"

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = lines.escape(_bounded(record.message, LONGEST_LINE))
        is_access = record.name == "uvicorn.access" and len(record.args or ()) == 5
        if not self._colours:  # as uvicorn's, which copies each record for its colours
            said = _access(record) if is_access else f"{record.name}: {record.message}"
            who = getattr(record, "request_id", "-")
            return f"{record.asctime} {record.levelname + ':':9} {who} {said}"
        if is_access:
            return self._access.formatMessage(record)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:
        return _indented(super().formatStack(stack_info))

    def format(self, record: logging.LogRecord) -> str:
        return keys.redact(super().format(_fitting(record)))


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

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        for name, value in log_data.items():
            if isinstance(value, str):
                log_data[name] = _bounded(value, LONGEST_LINE)
        return super().process_log_record(log_data)

    def formatException(self, ei: Any) -> str:
        return "\n".join(_bounded_lines(str(super().formatException(ei))))

    def format(self, record: logging.LogRecord) -> str:
        # Within a text of JSON these escapes are JSON's own.
        return lines.escape(keys.redact(super().format(_fitting(record))))


def _access(record: logging.LogRecord) -> str:
    address, method, path, version, status = cast("tuple[Any, ...]", record.args)
    return f'{address} "{method} {path} HTTP/{version}" {status} {_phrase(int(status))}'


@cache
def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _fitting(record: logging.LogRecord) -> logging.LogRecord:
    """Return `record`, or a copy of it whose arguments fit into a line."""
    args = record.args
    if isinstance(args, tuple) and not all(_fits(one) for one in args):
        record = copy(record)
        record.args = tuple(one if _fits(one) else _fitted(str(one)) for one in args)
    if found := record.exc_text:  # as another formatter wrote it
        record = copy(record)
        record.exc_text = None if record.exc_info else _fitted(found)
    return record


def _fits(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= lines.LONGEST and value.isprintable()
    return not isinstance(value, BaseException)


def _fitted(text: str) -> str:
    return lines.escape(_bounded(text, lines.LONGEST))


def _bounded(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    # First, for of a key that is cut through no half would be found.
    return lines.shorten(keys.hide(text), longest)


def _indented(text: str) -> str:
    return "\n".join(INDENT + lines.escape(line) for line in _bounded_lines(text))


def _bounded_lines(text: str) -> list[str]:
    """The lines of a traceback, each bounded, and of many those at the end."""
    kept: list[str] = []
    size = 0
    for line in reversed(text.splitlines()):
        kept.append(_bounded(line, lines.LONGEST))
        size += len(kept[-1])
        if size > LONGEST_TRACEBACK:
            kept[-1] = "…"
            break
    return kept[::-1]
