"""The version of the service; `pyproject.toml` alone has it."""

import tomllib
from functools import cache
from importlib import metadata

from config.home import ROOT

NAME = "zai-chat-django"


@cache
def read_version() -> str:
    """Return it, such as "0.2.0": in a checkout from the file, else as installed."""
    project = ROOT / "pyproject.toml"
    if not project.exists():
        return metadata.version(NAME)
    with project.open("rb") as file:
        version: str = tomllib.load(file)["project"]["version"]
    return version
