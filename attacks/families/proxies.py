"""The service behind nginx, as deploy/nginx.conf has it."""

import asyncio
import contextlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from attacks import wire
from attacks.attack import Fault, Skipped, attack
from attacks.database import ROOT
from attacks.families.strangers import ask_at
from attacks.field import Field
from chat.tests.ports import free_port, listens


@attack(12, witnessed=False)
async def nginx_in_front(field: Field) -> str:
    """deploy/nginx.conf redirects by its own name, and streams `/v1/` as `/api/`."""
    with _nginx(field) as (plain, tls):
        answer = await ask_at(plain, "127.0.0.1", host="evil.example")
        location = answer.headers.get("location", "")
        field.check("evil" not in location, f"redirected to {location}")
        limits = (ROOT / "deploy/nginx.conf").read_text()
        for word in ("limit_req", "limit_conn"):
            field.check(re.search(rf"^\s*{word} ", limits, 8), f"no {word}")
        for door in ("/api/chat", "/v1/chat/completions"):
            gaps = await _gap(tls, door)
            field.check(gaps < 1.0, f"{door}: {gaps:.1f} s without an event")
    return f"redirects to {location}"


@attack(12, witnessed=False, long=True, seconds=120)
async def nginx_with_patience(field: Field) -> str:
    """An answer in one piece may take 70 seconds through nginx, at either door."""
    with _nginx(field) as (_, tls):
        answers = await asyncio.gather(
            *(_ask_tls(tls, door, "zai:slow=70", stream=False) for door in DOORS)
        )
    statuses = [answer.status for answer in answers]
    field.check(statuses == [200, 200], f"statuses {statuses}")
    return f"statuses {statuses}"


DOORS = ("/api/chat", "/v1/chat/completions")


async def _line(port: int) -> wire.Line:
    import ssl

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    return wire.Line(reader, writer)


async def _ask_tls(port: int, door: str, text: str, **fields: object) -> wire.Answer:
    line = await _line(port)
    await line.send(wire.post(door, wire.chat(text, **fields)))
    try:
        return await line.answer(seconds=110)
    finally:
        line.writer.transport.abort()


async def _gap(port: int, door: str) -> float:
    """The longest wait for a piece of a stream that has one each tenth of a second."""
    line = await _line(port)
    await line.send(wire.post(door, wire.chat("zai:slow=2", stream=True)))
    status, _ = await line.head()
    if status != 200:
        raise Fault(f"through nginx {door} gets {status}")
    longest, last, pieces = 0.0, time.monotonic(), 0
    async for _ in line.pieces():
        now = time.monotonic()
        longest, last, pieces = max(longest, now - last), now, pieces + 1
    line.writer.transport.abort()
    return longest if pieces > 5 else 99.0


@contextlib.contextmanager
def _nginx(field: Field) -> Iterator[tuple[int, int]]:
    """Run deploy/nginx.conf on ports of our own; yields those of http and https."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not program:
        raise Skipped("there is no nginx here")
    import trustme

    plain, tls = free_port(), free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        issued = trustme.CA().issue_cert("chat.example.com")
        issued.private_key_pem.write_to_path(folder / "key")
        issued.cert_chain_pems[0].write_to_path(folder / "chain")
        site = (ROOT / "deploy/nginx.conf").read_text()
        site = re.sub(r"listen \[::\]:\d+[^;]*;", "", site)
        site = re.sub(r"listen 80\b", f"listen 127.0.0.1:{plain}", site)
        site = re.sub(r"listen 443\b", f"listen 127.0.0.1:{tls}", site)
        site = site.replace("127.0.0.1:8000", f"127.0.0.1:{field.port}")
        site = re.sub(
            r"ssl_certificate +[^;]+;", f"ssl_certificate {folder}/chain;", site
        )
        site = re.sub(
            r"ssl_certificate_key +[^;]+;", f"ssl_certificate_key {folder}/key;", site
        )
        site = re.sub(r"proxy_set_header Host [^;]+;", HOST, site)
        (folder / "site.conf").write_text(site)
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
        log = (folder / "output").open("wb")
        order = [program, "-p", name, "-c", f"{folder}/nginx.conf"]
        process = subprocess.Popen(order, stdout=log, stderr=log)
        try:
            end = time.monotonic() + 20
            while not (listens(plain) and listens(tls)):
                if process.poll() is not None or time.monotonic() > end:
                    said = (folder / "output").read_text()[-300:]
                    raise Fault(f"nginx does not start: {said}")
                time.sleep(0.05)
            yield plain, tls
        finally:
            process.terminate()
            process.wait()
            log.close()


# The service that is attacked goes by its address.
HOST = "proxy_set_header Host 127.0.0.1;"
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
