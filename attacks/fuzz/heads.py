"""Heads that no client writes: smuggled, doubled, folded, cut, and worse."""

import random

from attacks.fuzz.noise import noisy

BODY = b'{"messages":[{"role":"user","content":"Hello"}],"stream":false}'
METHODS = [
    "GET",
    "PUT",
    "DELETE",
    "OPTIONS",
    "HEAD",
    "TRACE",
    "CONNECT",
    "PATCH",
    "PRI",
]
METHODS += ["post", "P OST", "", "POST\0", "X" * 300, "\xe9", "POST\t", "PROPFIND"]
VERSIONS = ["HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.10", "http/1.1", "HTTP/", ""]
LENGTHS = ["0", "-1", "+63", "63, 63", "0x3f", "9" * 30, "63 ", " 63", "1e2", "", "64"]
LENGTHS += ["5", "\t63", "63\0", "\xb2", "063", "6_3"]
CODINGS = ["chunked", "identity", "chunked, chunked", "gzip, chunked", "xchunked", ""]
CODINGS += [
    "chunked\x0b",
    " chunked",
    "Chunked",
    "chunked;a=b",
    "\tchunked",
    "chunked,",
]
CHUNKS = [
    b"3f\r\n%s\r\n0\r\n\r\n",
    b"3F;a=b\r\n%s\r\n0\r\n\r\n",
    b"-1\r\n%s\r\n0\r\n\r\n",
]
CHUNKS += [b"ffffffffffffffffff\r\n%s", b"0x3f\r\n%s\r\n0\r\n\r\n", b"3f\n%s\n0\n\n"]
CHUNKS += [b"3f\r\n%sXX0\r\n\r\n", b"zz\r\n%s", b"3f\r\n%s\r\n0\r\nX: y\r\n\r\n", b"%s"]
CHUNKS += [b"3f \r\n%s\r\n0\r\n\r\n", b"3f;" + b"a" * 70_000 + b"\r\n%s\r\n0\r\n\r\n"]
FURTHER = [
    "Expect: 100-continue",
    "Expect: nonsense",
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13"
    "\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk",
    "Connection: close, X, keep-alive",
    "Connection: " + "a, " * 500,
    "X: " + "a" * 70_000,
    "X-" + "a" * 9_000 + ": b",
    "\r\n".join(f"X-{n}: a" for n in range(300)),
    "Host: other.example",
    "X : space",
    " X: folded",
    "X: a\r\n folded",
    "X\0: a",
    "X: a\0b",
    ": empty",
    "no colon",
    "X-\xe9: \xff\xfe",
    "Cookie: " + "a=b; " * 1_000,
    "Cookie: sessionid=\xff; csrftoken=\0",
    "Content-Encoding: gzip",
    "Content-Encoding: identity, br",
    "Content-Type: application/json; charset=utf-7",
    "Content-Type: multipart/form-data; boundary=" + "a" * 500,
    "Content-Type: application/x-www-form-urlencoded",
    "Content-Type: \xff/\xfe",
    "Range: bytes=0-5,1-2,-1",
    "If-None-Match: *\r\nIf-Modified-Since: rubbish",
    "Origin: null",
    "Origin: https://[::1",
    "Origin: " + "a" * 3_000,
    "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: *",
    "X-Forwarded-For: rubbish, [::1]:99, 1.2.3.4:5",
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Proto: gopher",
    "X-HTTP-Method-Override: DELETE",
    "Accept-Language: " + "de-" * 900,
    "Accept: " + "*/*;q=" * 500,
    "Authorization: Bearer " + "a" * 5_000,
    "Referer: http://[",
    "Accept-Encoding: gzip;q=nan",
    "TE: trailers\r\nTrailer: X",
    "X-Request-ID: req_\x0bforged",
]
HOSTS = ["", "evil.example", "127.0.0.1:99999", "[::1", "127.0.0.1:", "a" * 2_000]
HOSTS += ["127.0.0.1, evil.example", "\xff", "127.0.0.1\0", "user@127.0.0.1", "*", "/"]
TARGETS = [
    "/api/chat",
    "http://127.0.0.1/api/chat",
    "http://evil.example/api/chat",
    "*",
]
TARGETS += ["//api/chat", "/api/chat?a=b#c", "api/chat", "127.0.0.1:80", "/api/chat\0"]
TARGETS += ["/api/chat\xff", "/api/chat HTTP/1.1", "http://", "http://[::1/", "/%", "?"]


def made(chance: random.Random, forwarded: str) -> bytes:
    """A request, or what resembles one."""
    method, target, version = "POST", "/api/chat", "HTTP/1.1"
    host, kind = "127.0.0.1", "application/json"
    length: list[str] = [str(len(BODY))]
    coding: list[str] = []
    further: list[str] = [forwarded] if chance.random() < 0.9 else []
    body = BODY
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        what = chance.randrange(9)
        if what == 0:
            method = chance.choice(METHODS)
        elif what == 1:
            target = chance.choice(TARGETS)
        elif what == 2:
            version = chance.choice(VERSIONS)
        elif what == 3:
            length.append(chance.choice(LENGTHS))
            if chance.random() < 0.5:
                del length[0]
        elif what == 4:
            coding.append(chance.choice(CODINGS))
            if chance.random() < 0.6:
                length = []
            body = chance.choice(CHUNKS).replace(b"%s", BODY)
        elif what == 5:
            host = chance.choice(HOSTS)
        elif what == 6:
            kind = chance.choice(["text/plain", "", "application/json\0", "a" * 500])
        else:
            further.append(chance.choice(FURTHER))
    fields = [f"Content-Length: {value}" for value in length]
    fields += [f"Transfer-Encoding: {value}" for value in coding]
    fields += further
    if host:
        fields.append(f"Host: {host}")
    if kind:
        fields.append(f"Content-Type: {kind}")
    if chance.random() < 0.3:
        chance.shuffle(fields)
    end = "\n" if chance.random() < 0.03 else "\r\n"
    head = end.join([f"{method} {target} {version}", *fields, "", ""])
    data = head.encode("latin-1", "replace") + body
    if chance.random() < 0.25:
        data = noisy(data, chance, chance.choice([1, 1, 3]))
    return data
