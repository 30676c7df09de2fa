"""Files, switches, proxies: what others could read, reach or be told."""

import asyncio
import contextlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from attacks import wire
from attacks.attack import Fault, Skipped, attack
from attacks.database import ROOT, Sqlite
from attacks.field import Field
from attacks.service import free_port, listens
from attacks.visitor import Visitor

PROXY = {"TRUSTED_PROXIES": wire.ATTACKERS}
STRANGER = "X-Forwarded-For: 203.0.113.9"


@attack(10)
async def file_modes(field: Field) -> str:
    """Database, WAL and spool are for their owner alone, however they come to be."""
    if not isinstance(field.database, Sqlite):
        raise Skipped("the database has no files of ours")
    await field.closed_row((await field.ask()).id)
    folder = field.database.file.parent
    files = [*folder.glob(f"{field.database.file.name}*")]
    if field.service.spool.exists():
        files += [field.service.spool, *field.service.spool.rglob("*")]
    for file in files:
        mode = stat.S_IMODE(file.stat().st_mode)
        field.check(not mode & 0o077, f"{file.name} is {mode:o}")
    return ", ".join(sorted(file.name for file in files))


@attack(13, settings={**PROXY, "ZAI_API_KEY": ""}, witnessed=False, alone=True)
async def told_strangers(field: Field) -> str:
    """Why it is not ready is said to loopback, and to nobody who comes from afar."""
    afar = await field.get("/health/ready", STRANGER)
    near = await field.send(wire.get("/health/ready"), method="GET", source="127.0.0.1")
    field.check({afar.status, near.status} == {503}, f"{afar.status}, {near.status}")
    field.check(b"ZAI_API_KEY" not in afar.body, f"afar: {wire.shown(afar.body)}")
    field.check(b"ZAI_API_KEY" in near.body, f"near: {wire.shown(near.body)}")
    return f"afar: {wire.shown(afar.body, 60)}"


@attack(13, witnessed=False)
async def description_switch(field: Field) -> str:
    """The description of the API, and its page, can be switched off by a setting."""
    names = re.findall(r"^(?:# )?(\w*DOCS\w*)=", (ROOT / ".env.example").read_text(), 8)
    if not names:
        raise Fault("no setting of .env.example has DOCS in its name")
    from attacks.service import Start, running

    folder = field.service.folder / "undescribed"
    folder.mkdir()
    statuses = set()
    for value in ("false", "off"):
        start = Start({names[0]: value})
        with contextlib.suppress(RuntimeError):
            with running(start, field.database, field.zai_port, folder) as service:
                other = Field(service, field.zai_port)
                for path in ("/api/docs", "/api/openapi.json"):
                    statuses.add((await other.get(path)).status)
            break
    field.check(statuses == {404}, f"statuses {statuses} with {names[0]}")
    return f"{names[0]}: {statuses}"


@attack(13, settings={**PROXY, "SECURE_SSL_REDIRECT": "true"}, witnessed=False)
async def cookies(field: Field) -> str:
    """Over TLS the cookies of a session are bound to their host, and secure."""
    visitor = Visitor(field, "X-Forwarded-Proto: https", "Referer: https://127.0.0.1/")
    answer = await visitor.log_in()
    field.check(answer.status == 302, f"no login: {answer.status}")
    bare = [name for name in visitor.cookies if not name.startswith("__Host-")]
    field.check(not bare, f"cookies without __Host-: {bare}")
    return ", ".join(sorted(visitor.cookies))


@attack(13, witnessed=False)
async def simulator_for_others(field: Field) -> str:
    """`quickstart` with DEBUG=false serves the simulator to nobody from afar."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("ZAI_")},
            "DEBUG": "false",
            "HOST": "0.0.0.0",
            "PORT": str(port),
            "SECRET_KEY": "for-the-attacks-alone-" * 3,
            "ALLOWED_HOSTS": "127.0.0.1,127.0.0.2",
            "DATABASE_URL": f"sqlite:///{name}/db.sqlite3",
            "ZAI_API_KEY": "",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "manage.py", "quickstart"),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            end = time.monotonic() + 30
            while not listens(port) and process.returncode is None:
                if time.monotonic() > end:
                    break
                await asyncio.sleep(0.1)
            with contextlib.suppress(OSError):
                answer = await _at(port, "127.0.0.2")
                field.check(answer.status != 200, "the simulator answers from afar")
                return f"from afar: {answer.status}"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            await process.wait()
    return "nothing listens there"


@attack(12, witnessed=False)
async def nginx_in_front(field: Field) -> str:
    """deploy/nginx.conf redirects by its own name, and streams `/v1/` as `/api/`."""
    with _nginx(field) as (plain, tls):
        answer = await _at(plain, "127.0.0.1", host="evil.example")
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


@attack(14, witnessed=False)
async def pinned_by_hash(field: Field) -> str:
    """What production installs is named with hashes, and pip can hold it to them."""
    files = [
        file
        for pattern in ("*.txt", "*.lock", "requirements*/*", "deploy/*.txt")
        for file in ROOT.glob(pattern)
        if file.is_file() and "--hash=sha256:" in file.read_text(errors="replace")
    ]
    field.check(files, "no file of requirements has hashes")
    return ", ".join(file.name for file in files)


async def _at(port: int, address: str, host: str = "") -> wire.Answer:
    body = wire.chat("Hello", stream=False)
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(wire.post("/api/chat", body, host=host or address))
    try:
        return await wire.Line(reader, writer).answer()
    finally:
        writer.close()


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
