"""LiteLLM, given the address of `/v1`; prints what came as JSON.

A program of its own, for LiteLLM warns and leaves threads behind.
"""

import json
import sys
from typing import Any

import litellm

BASE_URL = sys.argv[1]


def ask(text: str, **asked: Any) -> Any:
    return litellm.completion(
        model="openai/glm-4.6",
        base_url=BASE_URL,
        api_key="any",
        max_retries=0,
        messages=[{"role": "user", "content": text}],
        **asked,
    )


def raised(text: str, **asked: Any) -> str:
    try:
        for _ in ask(text, **asked):
            pass
    except Exception as error:
        return type(error).__name__
    return "nothing"


def words(chunks: list[Any]) -> str:
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


usage = {"stream_options": {"include_usage": True}}
whole = ask("Write a poem")
chunks = list(ask("Write a poem", stream=True, **usage))
found = {
    "whole": whole.choices[0].message.content,
    "streamed": words(chunks),
    "tokens": [whole.usage.total_tokens, chunks[-1].usage.total_tokens],
    "refused": raised("sim:error=1210"),
    "broken off": raised("sim:cut=3", stream=True),
}
print(json.dumps(found))
