"""All programs that are compared. A variant of one is a further line."""

from benchmarks.dialects import Dialects
from benchmarks.ours import Ours
from benchmarks.peer import FastAPI, LiteLLM, Nginx
from benchmarks.server import Server

SERVERS: tuple[Server, ...] = (
    Ours("ours", "zai-chat-django"),
    Ours(
        "ours-unlogged",
        "the same without request log",
        measures_tls=False,
        settings={"CHAT_REQUEST_LOG": "false"},
    ),
    Dialects("dialects", "the same in each dialect", measures_tls=False),
    Nginx("nginx", "nginx, byte proxy"),
    FastAPI(
        "openai", "FastAPI + AsyncOpenAI", module="fastapi_openai", package="openai"
    ),
    FastAPI(
        "zai", "FastAPI + zai-sdk, threads", module="fastapi_zai", package="zai-sdk"
    ),
    LiteLLM("litellm", "LiteLLM proxy"),
)
