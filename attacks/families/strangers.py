"""What callers from afar are told, shown and served."""

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time

from attacks import wire
from attacks.attack import Fault, attack
from attacks.database import ROOT
from attacks.field import Field
from attacks.service import Start, running
from attacks.visitor import Visitor
from chat.tests.ports import free_port, listens

PROXY = {"TRUSTED_PROXIES": wire.ATTACKERS}
STRANGER = "X-Forwarded-For: 203.0.113.9"


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
                answer = await ask_at(port, "127.0.0.2")
                field.check(answer.status != 200, "the simulator answers from afar")
                return f"from afar: {answer.status}"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            await process.wait()
    return "nothing listens there"


async def ask_at(port: int, address: str, host: str = "") -> wire.Answer:
    body = wire.chat("Hello", stream=False)
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(wire.post("/api/chat", body, host=host or address))
    try:
        return await wire.Line(reader, writer).answer()
    finally:
        writer.close()
