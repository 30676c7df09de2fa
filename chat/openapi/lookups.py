"""The paths that only tell: which models there are, how the service is, and this."""

from typing import Any

from chat import failures
from chat.openapi import errors, parts
from chat.protocols import known_models
from chat.protocols.dialects import NATIVE, OPENAI
from config.version import read_version


def describe_models() -> dict[str, Any]:
    listing = {
        **known_models.list_models(),
        "data": [known_models.describe_model("glm-4.6")],
    }
    return {
        "operationId": "models",
        "tags": ["openai"],
        "summary": "List the models",
        "description": "Those known when this version was made; nobody is asked, and"
        " any other name is passed on to Z.AI all the same.",
        "security": parts.describe_security(),
        "responses": {
            "200": parts.describe_json("The models.", "KnownModels", listing),
            **errors.describe_failures(OPENAI, *errors.ALWAYS, *errors.AT_THE_DOOR),
        },
    }


def describe_model() -> dict[str, Any]:
    example = known_models.describe_model("glm-4.6")
    return {
        "operationId": "model",
        "tags": ["openai"],
        "summary": "Describe a model",
        "security": parts.describe_security(),
        "parameters": [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "description": "The model's name.",
                "schema": {"type": "string", "minLength": 1},
                "example": "glm-4.6",
            }
        ],
        "responses": {
            "200": parts.describe_json("The model.", "KnownModel", example),
            **errors.describe_failures(
                OPENAI, *errors.ALWAYS, *errors.AT_THE_DOOR, failures.NotFound
            ),
        },
    }


def describe_health() -> dict[str, Any]:
    example = {
        "status": "healthy",
        "zai_client_initialized": True,
        "timestamp": "2026-11-22T17:07:41.244Z",
        "version": read_version(),
    }
    return _describe_probe(
        "health",
        "For people and monitors",
        {"200": parts.describe_json("While the process serves.", "Health", example)},
    )


def describe_live() -> dict[str, Any]:
    answer = parts.describe_json("The process answers.", "Live", {"status": "live"})
    return _describe_probe("live", "For orchestrators", {"200": answer})


def describe_ready() -> dict[str, Any]:
    well: dict[str, Any] = {"account": None, "log": [], "access": []}
    usable = {"status": "ready", "reasons": [], **well}
    reason = "ZAI_API_KEY is not set on the server."
    unusable = {"status": "not ready", "reasons": [reason], **well}
    answers = {
        "200": parts.describe_json("It can be used.", "Ready", usable),
        "503": parts.describe_json("It cannot be used.", "Ready", unusable),
    }
    return _describe_probe("ready", "For load balancers", answers)


def describe_metrics() -> dict[str, Any]:
    answer = {
        "description": "The metrics, as Prometheus reads them.",
        "headers": parts.refer_to_headers("X-Request-ID"),
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
    return {
        "operationId": "metrics",
        "tags": ["health"],
        "summary": "For Prometheus",
        "description": "Of all processes of a host. Where `METRICS_ACCESS` is `off`"
        " there is nothing at this path; where it is `loopback` programs on the same"
        " machine may read it; else whoever sends the token as a Bearer.",
        "responses": {
            "200": answer,
            **errors.describe_failures(
                NATIVE,
                failures.MethodNotAllowed,
                failures.NotFound,
                failures.NotAllowed,
                failures.Unauthenticated,
            ),
        },
    }


def describe_description() -> dict[str, Any]:
    answer = {
        "description": "This document.",
        "headers": parts.refer_to_headers("X-Request-ID"),
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    return {
        "operationId": "description",
        "tags": ["description"],
        "summary": "This description, as OpenAPI",
        "responses": {
            "200": answer,
            **errors.describe_failures(NATIVE, *errors.ALWAYS),
        },
    }


def describe_page() -> dict[str, Any]:
    answer = {
        "description": "A page in HTML.",
        "headers": parts.refer_to_headers("X-Request-ID"),
        "content": {"text/html; charset=utf-8": {"schema": {"type": "string"}}},
    }
    return {
        "operationId": "descriptionPage",
        "tags": ["description"],
        "summary": "This description, as a page to read",
        "responses": {
            "200": answer,
            **errors.describe_failures(NATIVE, *errors.ALWAYS),
        },
    }


def _describe_probe(name: str, summary: str, answers: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["health"],
        "summary": summary,
        "description": "Never calls a model, and answers whatever the Host header is.",
        "responses": {
            **answers,
            **errors.describe_failures(NATIVE, failures.MethodNotAllowed),
        },
    }
