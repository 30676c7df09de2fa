"""Paths and queries, of the API and of the admin."""

import random
from urllib.parse import quote

ROOTS = ["/", "/api/", "/api/chat", "/v1/", "/v1/models/", "/health/", "/admin/"]
ROOTS += ["/admin/chat/requestlog/", "/admin/now/", "/admin/login/", "/static/"]
ROOTS += [
    "/static/chat/",
    "/api/docs/",
    "/favicon.ico",
    "/admin/jsi18n/",
    "/admin/auth/",
]
ROOTS += [
    "/admin/chat/requestlog/export/csv/?q=nothing&",
    "/admin/now/rows/",
    "/admin/r/",
]
PARTS = [
    "..",
    ".",
    "%2e%2e",
    "%2f",
    "%5c",
    "%00",
    "%",
    "%zz",
    "%ff",
    "%c0%ae",
    "a" * 300,
]
PARTS += [
    "\\",
    "//",
    ";a=b",
    "%0d%0aX:%20y",
    "{",
    "'",
    "%27",
    "<script>",
    "\xe9",
    "%u0041",
]
PARTS += [
    "%ed%a0%80",
    "%25",
    "~",
    "export/",
    "change/",
    "delete/",
    "history/",
    "etc/passwd",
]
PARTS += ["req_1a20445ef150dcf477267149f09/change/", "1/change/", "stop/", "add/"]
NAMES = ["q", "p", "o", "e", "model", "period", "ending", "status", "address", "user"]
NAMES += [
    "slow",
    "costly",
    "all",
    "next",
    "_popup",
    "_to_field",
    "id__exact",
    "ending__in",
]
NAMES += ["created_at__gte", "before", "after", "page", "at", "span", "since", "until"]
VALUES = [
    "",
    "1",
    "-1",
    "0",
    "9" * 40,
    "a",
    "%00",
    "%ff",
    "'",
    "null",
    "1.5",
    "[]",
    "true",
]
VALUES += [
    "2026-01-01",
    "9999-12-31",
    "0000-00-00",
    "a" * 3_000,
    "%ed%a0%80",
    "day",
    "*",
]
VALUES += [
    "//evil.example",
    "http://[",
    "1e999",
    "١٢",
    "%0d%0a",
    "2026-11-26T25:61",
    "\\",
]


def made(chance: random.Random) -> str:
    """A target of a GET."""
    path = chance.choice(ROOTS)
    for _ in range(chance.choice([0, 0, 1, 2, 4])):
        path += chance.choice(PARTS) + chance.choice(["", "/"])
    pairs = [
        f"{chance.choice(NAMES)}={chance.choice(VALUES)}"
        for _ in range(chance.choice([0, 0, 1, 1, 3]))
    ]
    target = path + ("?" + "&".join(pairs) if pairs else "")
    # A space or a line's end would make another request line of it.
    return quote(target, safe="".join(map(chr, range(33, 127))), encoding="utf-8")
