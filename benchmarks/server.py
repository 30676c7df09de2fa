"""A program that is compared: how it starts, and where it takes a chat request."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.process import ROOT
from benchmarks.standin import API_KEY, StandIn

Words = Literal["content", "parts", "input"]


@dataclass(frozen=True)
class Place:
    """Where a server is to run, and what it is to ask."""

    folder: Path
    port: int
    standin: StandIn


@dataclass(frozen=True)
class Server:
    """One program. `path` is where it takes a chat request.

    `closing` is how many events it sends besides those with the answer's words.
    `words`: what they stand in when it is asked, `parts` for `useChat` and `input` for
    OpenAI's Responses. `in_one_piece`: whether it has answers that are not streamed.
    """

    key: str
    title: str
    path: str = "/api/chat"
    closing: int = 1
    words: Words = "content"
    model: str = "glm-4.6"
    in_one_piece: bool = True
    within: str = ""
    only: tuple[str, ...] = ()
    measures_tls: bool = False

    @property
    def root(self) -> Path:
        """The folder in which it is started."""
        return ROOT

    def prepare(self, place: Place) -> None:
        """Make whatever must be there. Raises CannotStart."""

    def command(self, place: Place) -> list[str]:
        raise NotImplementedError

    def environment(self, place: Place) -> dict[str, str]:
        return {"ZAI_API_KEY": API_KEY, "ZAI_BASE_URL": place.standin.base_url}

    def headers(self, place: Place) -> Mapping[str, str]:
        """What a caller has to send along; asked for once, when it listens.

        Raises CannotStart.
        """
        return {"Authorization": f"Bearer {API_KEY}"}

    def version(self) -> str:
        return ""
