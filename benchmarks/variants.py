"""The service as it is measured: with everything on, and each off in turn."""

from collections.abc import Mapping

from benchmarks.environment import PythonEnvironment
from benchmarks.ours import Ours
from benchmarks.peer import PEERS
from benchmarks.process import ROOT
from benchmarks.pythons import find_python

MUCH = "1000000"
LIMITS = tuple(
    f"--{whose}{what}={MUCH}"
    for whose in ("", "user-")
    for what in ("requests-per-minute", "open-at-once")
)
BUDGETS = tuple(
    f"--{whose}budget-{period}={MUCH}"
    for whose in ("", "user-")
    for period in ("day", "month")
)
SERVICE_BUDGETS = {
    "CHAT_BUDGET_USD_PER_DAY": MUCH,
    "CHAT_BUDGET_USD_PER_MONTH": MUCH,
}
# The log, the gate and the kept answers are on by themselves.
EVERYTHING = {
    "CHAT_ACCESS": "keys",
    "METRICS_ACCESS": "loopback",
    # Those who ask here have one address, and ask for much.
    "CHAT_MAX_OPEN_EXCHANGES": "10000",
    "CHAT_QUEUE_LENGTH": "10000",
    **SERVICE_BUDGETS,
}
UNLOGGED = {"CHAT_REQUEST_LOG": "false", **dict.fromkeys(SERVICE_BUDGETS, "0")}
OPEN = {
    "CHAT_ACCESS": "open",
    "CHAT_OPEN_BUDGET_USD_PER_DAY": "0",
    **dict.fromkeys(SERVICE_BUDGETS, "0"),
}
UNKEPT = {"CHAT_KEEP_ANSWER_SECONDS": "0"}
UNMEASURED = {"METRICS_ACCESS": "off"}
UNGATED = "benchmarks.ungated:application"
ALL = (*LIMITS, *BUDGETS)


def _variant(
    key: str,
    title: str,
    settings: Mapping[str, str],
    client: tuple[str, ...] | None = ALL,
    application: str = Ours.application,
) -> Ours:
    return Ours(
        key,
        title,
        measures_tls=False,
        settings={**EVERYTHING, **settings},
        client=client,
        application=application,
    )


def with_redis(url: str) -> Ours:
    return _variant("ours-redis", "with Redis", {"REDIS_URL": url})


def _made(key: str, title: str, python: str, granian: bool = False) -> Ours:
    """The service on another Python or server, in an environment of its own."""
    files = (ROOT / "requirements.lock", PEERS / "granian/requirements.txt")
    return Ours(
        key,
        title,
        measures_tls=False,
        settings=EVERYTHING,
        client=ALL,
        made=PythonEnvironment(key, files[: 2 if granian else 1], python),
        by_granian=granian,
    )


OURS = Ours("ours", "zai-chat-django, everything on", settings=EVERYTHING, client=ALL)
UNLOGGED_OURS = _variant(
    "ours-unlogged", "without log and budgets", UNLOGGED, client=LIMITS
)
UNKEPT_OURS = _variant("ours-unkept", "without kept answers", UNKEPT)
PRICES = (
    UNLOGGED_OURS,
    UNKEPT_OURS,
    _variant("ours-open", "without keys, limits and budgets", OPEN, client=None),
    _variant(
        "ours-unlimited",
        "without limits and budgets",
        dict.fromkeys(SERVICE_BUDGETS, "0"),
        client=(),
    ),
    _variant("ours-ungated", "without gate", {}, application=UNGATED),
    _variant("ours-unmeasured", "without metrics", UNMEASURED),
    _variant(
        "ours-bare",
        "without all of them",
        UNLOGGED | UNKEPT | OPEN | UNMEASURED,
        client=None,
        application=UNGATED,
    ),
)
IN_OTHER_WORDS = ("event", "flood")
DIALECTS = (
    Ours(
        "use-chat",
        "the same, by useChat",
        closing=0,
        words="parts",
        within="ours",
        only=IN_OTHER_WORDS,
    ),
    Ours(
        "openai-client",
        "the same, OpenAI's /v1",
        path="/v1/chat/completions",
        within="ours",
        only=IN_OTHER_WORDS,
    ),
    Ours(
        "responses",
        "the same, OpenAI's Responses",
        path="/v1/responses",
        closing=0,
        words="input",
        within="ours",
        only=IN_OTHER_WORDS,
    ),
)
PYTHONS = (
    *(
        _made(f"ours-{version}", f"on Python {version}", find_python(version))
        for version in ("3.12", "3.13", "3.14")
    ),
    _made("ours-granian", "by granian", find_python(""), granian=True),
)
