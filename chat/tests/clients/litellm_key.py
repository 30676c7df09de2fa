"""LiteLLM with a key, at the address of `/v1`; prints the words, or what is raised."""

import json
import sys

import litellm

BASE_URL, KEY = sys.argv[1:]

try:
    answer = litellm.completion(
        model="openai/glm-4.6",
        base_url=BASE_URL,
        api_key=KEY,
        max_retries=0,
        messages=[{"role": "user", "content": "Hello"}],
    )
    print(json.dumps(answer.choices[0].message.content))
except Exception as error:
    print(json.dumps(type(error).__name__))
