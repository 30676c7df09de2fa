"""A browser of the admin's operator, as far as an attack needs one."""

import re
from urllib.parse import urlencode

from attacks import wire
from attacks.attack import Fault
from attacks.database import OPERATOR, PASSWORD
from attacks.field import Field
from attacks.wire import Answer

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="(\w+)"')
COOKIE = re.compile(r"([\w-]+)=([^;]*)")


class Visitor:
    """Keeps cookies as a browser does; over plain HTTP it sends secure ones too."""

    def __init__(self, field: Field, *lines: str, source: str = "") -> None:
        self._field = field
        self._lines = lines
        self._source = source
        self.cookies: dict[str, str] = {}

    async def get(self, target: str, seconds: float = 60.0) -> Answer:
        return await self._send(wire.get(target, *self._head()), "GET", seconds)

    async def post(self, target: str, **fields: str) -> Answer:
        """Send a form, with the token that the page of `target` has."""
        token = TOKEN.search((await self.get(target)).body)
        form = {"csrfmiddlewaretoken": token[1].decode() if token else "", **fields}
        return await self.send_form(
            target, urlencode(form, errors="surrogatepass").encode()
        )

    async def send_form(self, target: str, body: bytes) -> Answer:
        head = wire.head(
            "POST",
            target,
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
            *self._head(),
        )
        return await self._send(head + body, "POST", 60.0)

    async def log_in(self, name: str = OPERATOR, password: str = PASSWORD) -> Answer:
        return await self.post("/admin/login/", username=name, password=password)

    def _head(self) -> list[str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return [*self._lines, *([f"Cookie: {cookies}"] if cookies else [])]

    async def _send(self, data: bytes, method: str, seconds: float) -> Answer:
        """`Set-Cookie` may come several times, so the head is read here."""
        async with wire.connected(self._field.port, source=self._source) as line:
            await line.send(data)
            taken = _Taking(line, self.cookies)
            try:
                return await taken.answer(method, seconds)
            except wire.Hung as error:
                raise Fault(f"{error}: {wire.shown(data)}") from error


class _Taking(wire.Line):
    """A line that keeps the cookies it is given."""

    def __init__(self, line: wire.Line, cookies: dict[str, str]) -> None:
        super().__init__(line.reader, line.writer)
        self.cookies = cookies

    async def head(self) -> tuple[int, dict[str, str]]:
        raw = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").strip().split("\r\n")
        fields = [line.partition(":") for line in lines]
        for name, _, value in fields:
            if name.lower() == "set-cookie" and (found := COOKIE.search(value)):
                self.cookies[found[1]] = found[2]
        named = {name.lower(): value.strip() for name, _, value in fields}
        return int(first.split(" ")[1]), named


async def operator(field: Field) -> Visitor:
    """A visitor who is logged in and may do everything. Raises Fault."""
    visitor = Visitor(field)
    answer = await visitor.log_in()
    if answer.status != 302:
        raise Fault(f"the operator cannot log in: {answer.status}")
    return visitor
