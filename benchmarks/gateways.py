"""Gateways we are compared with: each with keys, budgets or limits, and its log."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.peer import PEERS, environment_of
from benchmarks.process import CannotStart
from benchmarks.server import Place, Server
from benchmarks.standin import API_KEY

# Whoever asks is to be counted, and never held up.
MUCH = 1_000_000_000
MASTER_KEY = "fgw_" + secrets.token_hex(16)


@dataclass(frozen=True)
class LiteLLM(Server):
    path: str = "/v1/chat/completions"

    def command(self, place: Place) -> list[str]:
        config = PEERS / "litellm/config.yaml"
        start = [LITELLM.program("litellm"), f"--config={config}"]
        return [*start, "--host=127.0.0.1", f"--port={place.port}"]

    def environment(self, place: Place) -> dict[str, str]:
        # It would fetch its table of prices at every start.
        return {**super().environment(place), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}

    def version(self) -> str:
        return LITELLM.version("litellm")


@dataclass(frozen=True)
class AnyLLM(Server):
    """With a key of a user who has a budget, and its log of usage, in SQLite."""

    path: str = "/v1/chat/completions"
    model: str = "openai:glm-4.6"

    def command(self, place: Place) -> list[str]:
        config = PEERS / "any_llm/config.yaml"
        start = [ANY_LLM.program("any-llm-gateway"), "serve", f"--config={config}"]
        return [*start, "--host=127.0.0.1", f"--port={place.port}"]

    def environment(self, place: Place) -> dict[str, str]:
        return {
            **super().environment(place),
            "GATEWAY_MASTER_KEY": MASTER_KEY,
            "DATABASE_URL": f"sqlite:///{place.folder / 'gateway.sqlite3'}",
        }

    def headers(self, place: Place) -> Mapping[str, str]:
        budget = _post(place, "/v1/budgets", {"max_budget": MUCH})["budget_id"]
        _post(place, "/v1/users", {"user_id": "benchmark", "budget_id": budget})
        key = _post(place, "/v1/keys", {"user_id": "benchmark"})["key"]
        return {"Authorization": f"Bearer {key}"}

    def version(self) -> str:
        return ANY_LLM.version("any-llm-sdk")


@dataclass(frozen=True)
class Ferrogw(Server):
    """With a key of its own, its limit of requests, and its log in SQLite."""

    path: str = "/v1/chat/completions"

    def command(self, place: Place) -> list[str]:
        return [FERROGW.program("ferrogw"), "serve"]

    def environment(self, place: Place) -> dict[str, str]:
        return {
            "MASTER_KEY": MASTER_KEY,
            "PORT": str(place.port),
            "GATEWAY_CONFIG": str(PEERS / "ferrogw/config.yaml"),
            "OLLAMA_API_KEY": API_KEY,
            "OLLAMA_CLOUD_MODELS": "glm-4.6",
            "OLLAMA_CLOUD_BASE_URL": place.standin.base_url,
            # It would fetch its table of models at every start.
            "FERRO_MODEL_CATALOG_TIMEOUT": "0",
            "RATE_LIMIT_RPS": str(MUCH),
            "RATE_LIMIT_BURST": str(MUCH),
            "API_KEY_STORE_BACKEND": "sqlite",
            "API_KEY_STORE_DSN": str(place.folder / "keys.db"),
            "REQUEST_LOG_STORE_BACKEND": "sqlite",
            "REQUEST_LOG_STORE_DSN": str(place.folder / "requests.db"),
        }

    def headers(self, place: Place) -> Mapping[str, str]:
        key = _post(place, "/admin/keys", {"name": "benchmark"})["key"]
        return {"Authorization": f"Bearer {key}"}

    def version(self) -> str:
        return f"{FERROGW.version('ferrogw')} (Go)"


LITELLM = environment_of("litellm")
ANY_LLM = environment_of("any_llm")
FERROGW = environment_of("ferrogw")


def _post(place: Place, path: str, body: dict[str, Any]) -> Any:
    """Ask its API for those who run it. Raises CannotStart."""
    url = f"http://127.0.0.1:{place.port}{path}"
    master = {"Authorization": f"Bearer {MASTER_KEY}"}
    try:
        answer = httpx.post(url, json=body, headers=master, trust_env=False, timeout=30)
        return answer.raise_for_status().json()
    except httpx.HTTPError as error:
        raise CannotStart(f"{path}: {error}") from error
