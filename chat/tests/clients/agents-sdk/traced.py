"""OpenAI's client with its own instrumentation, given the address of `/v1` and that of
a receiver of spans. Prints what was answered.
"""

import json
import sys

import httpx2
from openai import OpenAI
from opentelemetry import propagate
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor


def hand_on(request: httpx2.Request) -> None:
    """As an instrumentation of the HTTP client does."""
    propagate.inject(request.headers)


def main(base_url: str, receiver: str) -> None:
    provider = TracerProvider()
    exporter = OTLPSpanExporter(endpoint=f"{receiver}/v1/traces")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    http = httpx2.Client(event_hooks={"request": [hand_on]}, trust_env=False)
    client = OpenAI(base_url=base_url, api_key="any", max_retries=0, http_client=http)
    question = [{"role": "user", "content": "Hello"}]
    answer = client.chat.completions.create(
        model="glm-4.6", messages=question, stream=True
    )
    words = [one.choices[0].delta.content for one in answer if one.choices]
    provider.shutdown()
    print(json.dumps("".join(filter(None, words))))


main(*sys.argv[1:])
