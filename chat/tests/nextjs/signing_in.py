"""Signs in to the example as a browser without scripts does; and makes its keys."""

import subprocess
from html.parser import HTMLParser

import httpx

from chat.tests.nextjs.site import EXAMPLE, PASSWORD
from chat.tests.waiting import SECONDS

COOKIE = "session"
PEM = "-----{} PUBLIC KEY-----"


class Inputs(HTMLParser):
    """The names and values of a page's inputs."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = dict(attrs)
        if tag == "input" and (name := fields.get("name")):
            self.found[name] = fields.get("value") or ""


def answer_to(site: str, name: str, password: str = PASSWORD) -> httpx.Response:
    """What the site answers to its form."""
    with httpx.Client(base_url=site, timeout=SECONDS, trust_env=False) as client:
        fields = Inputs(client.get("/sign-in").text).found
        assert {"name", "password"} < set(fields)
        typed = {**fields, "name": name, "password": password}
        return client.post(
            "/sign-in", files={key: (None, value) for key, value in typed.items()}
        )


def signed_in(site: str, name: str = "ada") -> str:
    """The cookie of who has signed in, as `name=value`."""
    answer = answer_to(site, name)
    assert answer.status_code == 303, answer.text
    return f"{COOKIE}={answer.cookies[COOKIE]}"


def make_token_keys() -> tuple[str, dict[str, str]]:
    """What the example's script prints: the public key, and variables for the site."""
    script = ["node", "scripts/make-token-keys.mjs"]
    said = subprocess.check_output(script, cwd=EXAMPLE, text=True)
    begin, end = PEM.format("BEGIN"), PEM.format("END")
    public = begin + said.partition(begin)[2].partition(end)[0] + end
    lines = [line.partition("=") for line in said.splitlines()]
    return public, {k: v for k, _, v in lines if k.startswith("CHAT_")}
