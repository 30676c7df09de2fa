"""All programs that are compared. A variant of one is a further line."""

from benchmarks.gateways import AnyLLM, Ferrogw, LiteLLM
from benchmarks.node import NextJS, Portkey
from benchmarks.peer import FastAPI, Nginx
from benchmarks.server import Server
from benchmarks.variants import (
    DIALECTS,
    OURS,
    PRICES,
    PYTHONS,
    UNKEPT_OURS,
    UNLOGGED_OURS,
)

PEERS: tuple[Server, ...] = (
    Nginx("nginx", "nginx, byte proxy"),
    Ferrogw("ferrogw", "ferrogw"),
    FastAPI("openai", "FastAPI + AsyncOpenAI", name="fastapi_openai", package="openai"),
    FastAPI("zai", "FastAPI + zai-sdk, threads", name="fastapi_zai", package="zai-sdk"),
    NextJS(
        "nextjs", "Next.js, streamText", closing=0, words="parts", in_one_piece=False
    ),
    Portkey("portkey", "Portkey's gateway"),
    AnyLLM("any-llm", "any-llm-gateway"),
    LiteLLM("litellm", "LiteLLM proxy"),
)
USUAL: tuple[Server, ...] = (OURS, *DIALECTS, UNLOGGED_OURS, UNKEPT_OURS, *PEERS)
GROUPS: dict[str, tuple[Server, ...]] = {
    "peers": PEERS,
    "prices": (OURS, *PRICES),
    "dialects": (OURS, *DIALECTS),
    "pythons": (OURS, *PYTHONS),
}
SERVERS: tuple[Server, ...] = (OURS, *DIALECTS, *PRICES, *PYTHONS, *PEERS)
