import io
import json
import logging
import logging.config

import pytest
from django.conf import settings as django_settings
from django.utils.log import DEFAULT_LOGGING

from chat import logs, request_id
from chat.logs import StaticFilesFilter

KEY = "0123456789abcdef.fedcba9876543210"


@pytest.fixture(autouse=True)
def api_key(settings):
    settings.ZAI_API_KEY = KEY


@pytest.fixture
def line():
    """What one call on a logger writes: `line(formatter, level, message, …)`."""

    def line(formatter, *call, logger="chat.exchange", **options) -> str:
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.addFilter(logs.RequestIdFilter())
        handler.setFormatter(formatter)
        source = logging.Logger(logger)
        source.addHandler(handler)
        source.log(*call, **options)
        return stream.getvalue()

    return line


@pytest.fixture
def restored():
    yield
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    logging.config.dictConfig(DEFAULT_LOGGING)
    logs.configure(django_settings.LOGGING)


ACCESS = ('%s - "%s %s HTTP/%s" %d', "127.0.0.1:5", "POST", "/api/chat", "1.1", 200)


def test_a_line_carries_the_request_id(line):
    request_id.current.set("req_1")

    assert " INFO:     req_1 chat.exchange: it ended\n" in line(
        logs.ConsoleFormatter(), logging.INFO, "it %s", "ended"
    )


def test_a_request_line_is_that_of_uvicorn(line):
    written = line(
        logs.ConsoleFormatter(), logging.INFO, *ACCESS, logger="uvicorn.access"
    )

    assert written.endswith('127.0.0.1:5 "POST /api/chat HTTP/1.1" 200 OK\n')


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.CRITICAL])
@pytest.mark.parametrize(
    ("call", "logger"),
    [
        (("it %s", "ended"), "chat.exchange"),
        (ACCESS, "uvicorn.access"),
        ((*ACCESS[:-1], 499), "uvicorn.access"),
        (("of other arguments: %s", 1), "uvicorn.access"),
    ],
)
def test_a_line_without_colours_is_that_of_uvicorn_too(
    line, monkeypatch, level, call, logger
):
    monkeypatch.setattr("time.time", lambda: 1_764_000_000.25)
    theirs = logs.ConsoleFormatter()
    theirs._colours = True  # that is how it comes to uvicorn's, which has none

    written = [
        line(formatter, level, *call, logger=logger)
        for formatter in (logs.ConsoleFormatter(), theirs)
    ]

    assert written[0] == written[1]
    assert ",250 " in written[0]


def test_a_request_line_is_coloured_on_a_terminal(line, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)

    written = line(
        logs.ConsoleFormatter(), logging.INFO, *ACCESS, logger="uvicorn.access"
    )

    assert "\x1b[" in written and "200 OK" in written


def test_json_is_one_object_with_what_was_given(line):
    request_id.current.set("req_2")

    written = line(
        logs.JsonFormatter(), logging.INFO, "énd", extra={"ending": "completed"}
    )

    assert {**json.loads(written), "time": ""} == {
        "level": "INFO",
        "logger": "chat.exchange",
        "request_id": "req_2",
        "message": "énd",
        "ending": "completed",
        "time": "",
    }


@pytest.mark.parametrize("formatter", [logs.ConsoleFormatter, logs.JsonFormatter])
def test_a_key_never_appears(line, formatter):
    try:
        raise ValueError(f"no {KEY}, no {KEY.partition('.')[2]}")
    except ValueError:
        written = line(
            formatter(),
            logging.ERROR,
            "headers %s",
            {"Authorization": "Bearer ey.other.token", "key": KEY},
            exc_info=True,
        )

    assert "ValueError" in written
    assert KEY.partition(".")[2] not in written
    assert "ey.other" not in written


FORGED = "2026-11-26 04:00:00,000 INFO:     req_1 chat.exchange: glm-4.6 completed"
LINE_ENDS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]
FORMATTERS = [logs.ConsoleFormatter, logs.JsonFormatter]


@pytest.mark.parametrize("formatter", FORMATTERS)
@pytest.mark.parametrize("end", LINE_ENDS)
def test_no_line_can_be_forged(line, formatter, end):
    hostile = f"a{end}{FORGED}"
    # As a text, within something, as an exception, as what was given beside it.
    given = (hostile, [hostile], ValueError(hostile))

    written = line(
        formatter(), logging.WARNING, "%s %s %s", *given, extra={"model": hostile}
    )

    assert len(written.splitlines()) == 1


@pytest.mark.parametrize("end", LINE_ENDS)
def test_a_request_line_cannot_be_forged(line, end):
    args = (ACCESS[0], f"1.2.3.4{end}{FORGED}", "GET", f"/{end}{FORGED}", "1.1", 404)

    written = line(
        logs.ConsoleFormatter(), logging.INFO, *args, logger="uvicorn.access"
    )

    assert len(written.splitlines()) == 1


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_no_line_moves_the_cursor_or_turns_text_round(line, formatter):
    hostile = "\x1b[2J \x9b31m \u202e \u2066 \x08 \x7f \ud800"

    written = line(formatter(), logging.INFO, "it was %s %s", hostile, [hostile])

    assert written.rstrip("\n").isprintable()
    if formatter is logs.JsonFormatter:
        assert json.loads(written)["message"].startswith("it was \\u001b[2J")


@pytest.mark.parametrize("end", LINE_ENDS)
def test_the_lines_of_a_traceback_are_indented(line, end):
    try:
        raise ValueError(f"it was{end}{FORGED}")
    except ValueError:
        written = line(logs.ConsoleFormatter(), logging.ERROR, "oh", exc_info=True)

    first, *rest = written.splitlines()
    assert first.endswith("chat.exchange: oh")
    assert "    Traceback (most recent call last):" in rest
    assert all(each.startswith(logs.INDENT) for each in rest)


def test_a_traceback_that_another_formatter_wrote_is_one_of_ours(line, caplog):
    record = logging.LogRecord("chat", logging.ERROR, "", 0, "oh", (), None)
    record.exc_text, record.request_id = f"ValueError: it was\n{FORGED}", "-"

    assert len(logs.ConsoleFormatter().format(record).splitlines()) == 2


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_of_anything_only_the_beginning_is_logged(line, formatter):
    long = "x" * 1_000_000
    try:
        raise ValueError(long)
    except ValueError as error:
        written = line(
            formatter(),
            logging.ERROR,
            "%s %s %s",
            long,
            error,
            [long],
            exc_info=True,
            extra={"model": long},
        )

    assert "x" * 499 + "…" in written
    assert "ValueError: xxx" in written
    assert len(written) < 3 * logs.LONGEST_LINE
    if formatter is logs.JsonFormatter:
        json.loads(written)


@pytest.mark.parametrize("formatter", FORMATTERS)
@pytest.mark.parametrize("before", [480, 31_990])
def test_of_a_key_that_is_cut_through_no_half_is_logged(line, formatter, before):
    text = "x" * before + KEY + "x" * 40_000
    try:
        raise ValueError(text)
    except ValueError:
        written = line(formatter(), logging.ERROR, "%s %s", text, [text], exc_info=True)

    assert KEY[:8] not in written


def test_no_key_hides_nothing(line, settings):
    settings.ZAI_API_KEY = ""

    assert "every word" in line(logs.ConsoleFormatter(), logging.INFO, "every word")


def test_libraries_are_quiet():
    for name in ("httpx", "httpcore", "aiohttp", "zai"):
        assert logging.getLogger(name).getEffectiveLevel() >= logging.WARNING


def test_request_lines_are_ours_under_uvicorn(restored):
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate = [logging.NullHandler()], False

    logs.configure(django_settings.LOGGING)

    assert access.propagate and not access.handlers


def test_request_lines_that_are_off_stay_off(restored):
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate = [], False  # as --no-access-log leaves it

    logs.configure(django_settings.LOGGING)

    assert not access.hasHandlers()


@pytest.mark.parametrize(
    ("path", "status", "is_shown"),
    [
        ("/static/chat/page/app.js", 200, False),
        ("/static/chat/page/app.js", 404, True),
        ("/api/chat", 200, True),
    ],
)
def test_files_that_were_served_have_no_line(path, status, is_shown):
    line = '%s - "%s %s HTTP/%s" %d'
    args = ("127.0.0.1:1", "GET", path, "1.1", status)
    record = logging.LogRecord("uvicorn.access", 20, "", 1, line, args, None)

    assert StaticFilesFilter().filter(record) == is_shown
