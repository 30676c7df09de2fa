import os
import signal
import socket

import pytest

from chat.tests.development import running
from chat.tests.ports import listens

# An application that tells its process, and streams without end.
APPLICATION = """
import asyncio, os
from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("the lifespan ended", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["path"] == "/process":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % os.getpid()})
    elif scope["path"] == "/endless":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            part = {"type": "http.response.body", "body": b"word\\n", "more_body": True}
            await send(part)
            await asyncio.sleep(0.05)
    else:
        await django_application(scope, receive, send)
"""
SETTINGS = """
from config.settings import *
ASGI_APPLICATION = "endless.application"
"""


@pytest.fixture
def serve(tmp_path):
    (tmp_path / "endless.py").write_text(APPLICATION)
    (tmp_path / "endless_settings.py").write_text(SETTINGS)

    def serve(*options: str, **variables: str):
        variables.setdefault("DJANGO_SETTINGS_MODULE", "endless_settings")
        return running(tmp_path, "runserver", *options, **variables)

    return serve


def test_it_serves_pages_with_their_style_sheets(serve):
    with serve() as server:
        server.until(lambda: server.get("/process"))

        assert b"csrfmiddlewaretoken" in server.get("/admin/login/")
        assert b"--primary" in server.get("/static/admin/css/base.css")
        server.until(lambda: '"GET /admin/login/ HTTP/1.1" 200 OK' in server.output)
        assert f"http://127.0.0.1:{server.port}/api/chat" in server.output


def test_it_serves_the_project_over_asgi(serve):
    with serve(DJANGO_SETTINGS_MODULE="config.settings") as server:
        server.until(lambda: server.get("/admin/login/"))


def test_an_address_may_be_given(serve, tmp_path):
    with serve("127.0.0.1:{port}", PORT="1") as server:
        server.until(lambda: server.get("/process"))


def test_it_restarts_at_once_though_a_stream_is_open(serve, tmp_path):
    with serve() as server:
        server.until(lambda: server.get("/process"))
        before = server.get("/process")
        with server.open("/endless") as stream:
            assert stream.readline() == b"word\n"

            # Again until it is seen: the first look at the files may yet be to come.
            server.until(
                lambda: (
                    "changed, reloading" in server.output
                    or os.utime(tmp_path / "endless_settings.py")
                )
            )

            server.until(lambda: server.get("/process") not in (b"", before))
        assert "the lifespan ended" in server.output
        assert "Traceback" not in server.output


@pytest.mark.parametrize("options", [(), ("--noreload",)])
def test_ctrl_c_ends_it_though_a_stream_is_open(serve, options):
    with serve(*options) as server:
        server.until(lambda: server.get("/process"))
        with server.open("/endless") as stream:
            assert stream.readline() == b"word\n"

            # As a terminal does: to the whole group.
            os.killpg(server.process.pid, signal.SIGINT)

            assert server.process.wait(20) == 0
            server.until(lambda: not listens(server.port))


def test_a_port_in_use_is_one_sentence(serve):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with serve("--noreload", address) as server:
            assert server.process.wait(30) == 1
            assert server.output.endswith("Error: That port is already in use.\n")


def test_an_old_name_is_told_once_in_the_log(serve):
    variables = {"DJANGO_SETTINGS_MODULE": "config.settings"}
    variables["SYSTEM_PROMPT"] = "never shown"
    with serve("--noreload", **variables) as server:
        server.until(lambda: server.get("/health"))
        server.end()
    assert server.output.count("SYSTEM_PROMPT has no effect") == 1
    assert "WARNING:" in server.output
    assert "never shown" not in server.output
