"""Signs in to the example as a browser without scripts does."""

from html.parser import HTMLParser

import httpx

from chat.tests.nextjs.site import PASSWORD
from chat.tests.waiting import SECONDS

COOKIE = "session"


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
