"""Hostile callers at the door of the admin: names, addresses, guesses."""

from attacks import wire
from attacks.attack import attack
from attacks.field import Field
from attacks.visitor import Visitor

PROXY = {"TRUSTED_PROXIES": wire.ATTACKERS}
LONG_NAMES = ["a" * n for n in (150, 255, 300, 3_000, 100_000)]
ODD_NAMES = ["a\0b", "\0", "\ud800", "é" * 200, "a\r\nb", "'\"<b>", "%00", ""]
RUBBISH = [
    "203.0.113.9:4711",
    "[2001:db8::9]:4711",
    "[2001:db8::9]",
    "::ffff:203.0.113.9",
    "fe80::1%eth0",
    "unknown",
    "_hidden",
    "a" * 8_000,
    "'; DROP TABLE",
    "1.2.3.4.5",
    "999.1.1.1",
    "%00",
    "\xff\xfe",
    ",,,",
    "",
    " ",
    "-1",
    "0x7f.1",
    "127.0.0.2",
]


@attack(11, settings=PROXY, everywhere=True)
async def odd_logins(field: Field) -> str:
    """A login name of any length and letters is a refusal and no fault."""
    statuses = set()
    names = LONG_NAMES + ODD_NAMES
    for number, name in enumerate(names):
        visitor = Visitor(field, f"X-Forwarded-For: 198.51.100.{number + 1}")
        answer = await visitor.log_in(name, "wrong")
        statuses.add(answer.status)
        field.check(answer.status < 500, f"{name[:20]!r}: {answer.status}")
    return f"{len(names)} names: statuses {sorted(statuses)}"


@attack(11, settings=PROXY, everywhere=True)
async def odd_addresses(field: Field) -> str:
    """What a proxy says of the caller may be anything, and is never a fault."""
    for rubbish in RUBBISH:
        head = f"X-Forwarded-For: {rubbish}"
        told = wire.shown(rubbish, 30)
        answer = await field.post(wire.chat("a", stream=False), "/api/chat", head)
        field.check(answer.status in (200, 400), f"chat, {told}: {answer.status}")
        if answer.id:
            await field.closed_row(answer.id)
        visitor = Visitor(field, head)
        login = await visitor.log_in("nobody", "wrong")
        field.check(login.status < 500, f"login, {told}: {login.status}")
    return f"{len(RUBBISH)} addresses"


@attack(11, settings=PROXY, alone=True)
async def guessed_passwords(field: Field) -> str:
    """Guesses from a /64 are stopped as those from one address."""
    tried = {
        "one address": [f"X-Forwarded-For: {a}" for a in ["198.51.100.1"] * 6],
        "a /64": [f"X-Forwarded-For: 2001:db8::{n:x}" for n in range(1, 7)],
    }
    for kind, heads in tried.items():
        answers = [
            await Visitor(field, head).log_in(f"name{n}", "wrong")
            for n, head in enumerate(heads)
        ]
        field.check(answers[-1].status in (403, 429), f"{kind}: {answers[-1].status}")
    return "six guesses each"


@attack(11, settings=PROXY, alone=True, long=True, seconds=240)
async def guessed_account(field: Field) -> str:
    """Guesses at one account are stopped wherever they come from."""
    last = 0
    for number in range(60):
        head = f"X-Forwarded-For: 192.0.2.{number + 1}"
        last = (await Visitor(field, head).log_in("the-account", "wrong")).status
        if last in (403, 429):
            break
    field.check(last in (403, 429), f"60 guesses at one account: {last}")
    return f"an account is shut after {number + 1} guesses"


@attack(11, settings=PROXY, alone=True, seconds=120)
async def own_login_between(field: Field) -> str:
    """Whoever logs in between guesses at others' passwords does not start anew."""
    head = "X-Forwarded-For: 198.51.100.7"
    last = 0
    for number in range(8):
        last = (await Visitor(field, head).log_in(f"victim{number}", "wrong")).status
        if last in (403, 429):
            break
        if number % 3 == 2:
            await Visitor(field, head).log_in()
    field.check(last in (403, 429), f"8 guesses, own logins between: {last}")
    return f"stopped after {number + 1} guesses"
