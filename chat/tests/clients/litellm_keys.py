"""LiteLLM at the address of `/v1`, with each key; prints the words, or what is raised.

A program of its own, for LiteLLM warns and leaves threads behind.
"""

import json
import sys

import litellm


def ask(base_url: str, key: str) -> str:
    try:
        answer = litellm.completion(
            model="openai/glm-4.6",
            base_url=base_url,
            api_key=key,
            max_retries=0,
            messages=[{"role": "user", "content": "Hello"}],
        )
    except Exception as error:
        return type(error).__name__
    return str(answer.choices[0].message.content)


BASE_URL, *KEYS = sys.argv[1:]
print(json.dumps([ask(BASE_URL, key) for key in KEYS]))
