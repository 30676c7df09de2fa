"""Private parts of libraries: every one that is used, and where it was seen.

Whoever raises a pinned version looks at each of its rows, and at the code that relies
on it; then the version in `SEEN` is raised too.
"""

import importlib
import inspect
from importlib.metadata import version
from typing import NamedTuple

import pytest

from chat.tests.private_parts import defined, files, used

SEEN = {
    "aiohttp": "3.14.5",
    "asgiref": "3.13.0",
    "Django": "5.2.19",
    "uvicorn": "0.54.0",
    "zai-sdk": "0.2.3",
}


class Part(NamedTuple):
    name: str
    library: str
    module: str  # the one it was seen in
    why: str


PARTS = [
    Part("_factory", "aiohttp", "aiohttp.connector", "our class of connection"),
    Part("_payload", "aiohttp", "aiohttp.client_proto", "wake who reads a broken body"),
    Part("_read_nowait", "aiohttp", "aiohttp.streams", "what came before a fault"),
    Part("_reading_paused", "aiohttp", "aiohttp.base_protocol", "is it to be resumed"),
    *(
        Part(name, "aiohttp", "aiohttp.streams", "read the pieces of a stream")
        for name in (
            *("_buffer", "_buffer_offset", "_size", "_http_chunk_splits"),
            *("_low_water", "_high_water", "_high_water_chunks"),
            *("_eof", "_exception", "_loop", "_protocol", "_waiter"),
        )
    ),
    Part("_auth_user_id", "Django", "django.contrib.auth", "is anybody logged in"),
    Part("_base_manager", "Django", "django.db.models.base", "all rows, to move them"),
    Part("_body", "Django", "django.http.request", "let go of a body that was read"),
    Part(
        "_get_obj_does_not_exist_redirect",
        "Django",
        "django.contrib.admin.options",
        "the admin's own answer to a row that is gone",
    ),
    Part(
        "_changelist_filters",
        "Django",
        "django.contrib.admin.templatetags.admin_urls",
        "the list that a page was opened from",
    ),
    Part("_has_been_logged", "Django", "django.utils.log", "nothing is logged twice"),
    Part("_resource_closers", "Django", "django.http.response", "let go of a request"),
    Part("_stream", "Django", "django.core.handlers.asgi", "fill it with the body"),
    Part("_srcfile", "Python", "logging", "no line tells the place in the code"),
    Part("_waiters", "Python", "asyncio.locks", "an event without its deque"),
    Part(
        "_is_writable_event",
        "uvicorn",
        "uvicorn.protocols.http.flow_control",
        "the event of a connection, to lighten it",
    ),
    Part("__self__", "uvicorn", "uvicorn.protocols.http.httptools_impl", "its owner"),
    Part("_build_request", "zai-sdk", "zai.core._http_client", "head and signature"),
    Part("_client", "zai-sdk", "zai.core._http_client", "close the unused httpx"),
    Part("_make_status_error", "zai-sdk", "zai.core._http_client", "the SDK's errors"),
    Part("_request_opt", "zai-sdk", "zai.core._request_opt", "what the SDK built"),
]
# Without an underscore, and yet no documentation has them.
UNDOCUMENTED = [
    Part("context_to_thread_executor", "asgiref", "asgiref.sync", "was a thread used"),
    Part("thread_sensitive_context", "asgiref", "asgiref.sync", "was a thread used"),
    Part(
        "wrap_database_errors",
        "Django",
        "django.db.backends.base.base",
        "Django's errors, of a cursor that is SQLite's own",
    ),
    *(
        Part(name, "Django", "django.db.models.sql.compiler", "compile a query once")
        for name in ("as_sql", "col_count", "get_converters", "apply_converters")
    ),
    Part(
        "get_compiler", "Django", "django.db.models.sql.query", "compile a query once"
    ),
    Part("cycle", "uvicorn", "uvicorn.protocols.http.httptools_impl", "what is owed"),
    Part(
        "chunked_encoding",
        "uvicorn",
        "uvicorn.protocols.http.httptools_impl",
        "write pieces of a body past `send`",
    ),
    Part(
        "disconnected",
        "uvicorn",
        "uvicorn.protocols.http.httptools_impl",
        "has the caller of a piece left",
    ),
    Part(
        "message_event",
        "uvicorn",
        "uvicorn.protocols.http.httptools_impl",
        "the event of a request, to lighten it",
    ),
    Part("http_protocol_class", "uvicorn", "uvicorn.config", "bound its connections"),
    Part(
        "on_response_complete",
        "uvicorn",
        "uvicorn.protocols.http.httptools_impl",
        "whether an answer was taken",
    ),
    Part(
        "response_complete",
        "uvicorn",
        "uvicorn.protocols.http.httptools_impl",
        "is it over",
    ),
    Part(
        "write_paused",
        "uvicorn",
        "uvicorn.protocols.http.flow_control",
        "whether a piece would have to wait",
    ),
    Part("server_state", "uvicorn", "uvicorn.server", "let in who came in time"),
    Part("app_state", "uvicorn", "uvicorn.server", "let in who came in time"),
    Part("should_reload", "uvicorn", "uvicorn.config", "is it one of many workers"),
    Part("get_env_proxy_for_url", "aiohttp", "aiohttp.helpers", "the proxy, once"),
    Part("ResponseHandler", "aiohttp", "aiohttp.client_proto", "our class of it"),
]
SHOWN = [pytest.param(part, id=part.name) for part in [*PARTS, *UNDOCUMENTED]]


def test_every_private_part_that_is_used_has_its_row() -> None:
    found = used()
    missing = found.keys() - {part.name for part in PARTS}
    assert {name: sorted(found[name]) for name in missing} == {}


def test_no_row_is_of_what_is_used_no_more() -> None:
    assert {part.name for part in PARTS} <= used().keys()
    text = "".join(path.read_text() for path in files())
    assert [part.name for part in UNDOCUMENTED if part.name not in text] == []


@pytest.mark.parametrize("library", SEEN)
def test_the_version_is_the_one_it_was_seen_in(library: str) -> None:
    assert version(library) == SEEN[library], "look at the rows of this library again"


@pytest.mark.parametrize("part", SHOWN)
def test_it_is_where_it_was_seen(part: Part) -> None:
    assert part.library in {*SEEN, "Python"}
    source = inspect.getsource(importlib.import_module(part.module))
    if part.name == "__self__":  # of a bound method
        assert "self.send" in source
    else:
        assert part.name in source or part.module.endswith(part.name)


def test_what_is_ours_is_not_taken_for_theirs() -> None:
    assert "_fire" in defined()
    assert not {"_fire", "_decide", "_ask"} & used().keys()
