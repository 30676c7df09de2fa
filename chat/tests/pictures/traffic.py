"""A day of requests, made up: the same each time, but for the clock."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import exp
from typing import Any

from chat.event import TokenDetails, Usage
from chat.glm.prices import cost
from chat.models import Process
from chat.requestlog.record import Record
from chat.tests.requestlog.making import closing, record, said, store

SEED = 16
BAD_MINUTES = timedelta(minutes=8)  # so that the list shows endings of each kind
SYSTEM = {"role": "system", "content": "You are a patient tutor. Answer briefly."}
MODELS = {"glm-4.6": 54, "glm-5.3-flash": 20, "glm-4.5-air": 15, "glm-4.6v": 8}
QUESTIONS = [
    "Explain quantum entanglement in simple words",
    "How do I make a sourdough starter from scratch?",
    "为什么天空是蓝色的？",
    "Write a haiku about the first snow in Kyiv",
    "Solve 3x² − 12x + 9 = 0, step by step",
    "Plan a launch party for 40 people",
    "مرحبا، كيف يمكنني تعلم البرمجة بسرعة؟",
    "Why is my Next.js rewrite buffering?",
    "Translate this clause into plain English: the party of the first part",
    "Birthday ideas for a six-year-old who loves dinosaurs",
    "<script>alert('x')</script> why does this not run?",
]
CALLERS = ["203.0.113.7", "198.51.100.23", "192.0.2.55", "2001:db8::1f"]
PEOPLE = [None, None, "user-4711", "anna@example.com"]
WHOLE = {"ending": "completed", "answer": "whole", "finish_reason": "stop"}
# How often of a thousand, and what is different then.
ENDINGS: list[tuple[int, dict[str, Any]]] = [
    (900, WHOLE),
    (25, WHOLE | {"answer": "cut_off", "finish_reason": "length"}),
    (40, {"ending": "client_disconnected", "answer": "broken_off"}),
    (
        14,
        {"ending": "upstream_rejected", "answer": "none", "status": 429}
        | {"error_code": "1302", "whose": "account"},
    ),
    (
        12,
        {"ending": "upstream_failed", "answer": "broken_off", "whose": "zai"}
        | {"error_code": "upstream_failed", "error_status": 502},
    ),
    (
        4,
        {"ending": "upstream_timeout", "answer": "none", "status": 504}
        | {"error_code": "upstream_timeout", "whose": "zai"},
    ),
    (
        5,
        {"ending": "refused", "answer": "none", "status": 400, "whose": "caller"}
        | {"error_code": "invalid_request", "answered_model": None},
    ),
]
# The request that has a picture of its own.
ANSWER = r"""**注意：**先除以 3，再分解因式。First divide by 3, then factor:

$$
3x^2 - 12x + 9 = 0 \iff x^2 - 4x + 3 = (x - 1)(x - 3) = 0
$$

So $x_1 = 1$ and $x_2 = 3$. The formula says the same:

$$
x = \frac{4 \pm \sqrt{16 - 12}}{2} = 2 \pm 1
$$

| $x$ | $3x^2 - 12x + 9$ |
| ---: | ---: |
| 1 | 0 |
| 3 | 0 |
"""
THOUGHTS = "The coefficients share the factor 3. After that the roots are small."


def store_a_day() -> str:
    """Store the requests; return the id of the one that has its own picture."""
    chance = random.Random(SEED)
    now = datetime.now(UTC)
    made = [request for at in _moments(chance, now) for request in _one(chance, at)]
    shown = _shown(now - timedelta(seconds=40))
    into = store()
    for start in range(0, len(made), 500):
        into.write(made[start : start + 500])
    into.write([shown])
    return shown.row.id


def _moments(chance: random.Random, now: datetime) -> Iterator[datetime]:
    """Many by day, few by night."""
    for minute in range(24 * 60, 1, -1):
        at = now - timedelta(minutes=minute, seconds=-chance.randrange(60))
        often = 0.6 + 4 * exp(-(((at.hour + at.minute / 60 - 12) / 4) ** 2))
        for _ in range(int(often + chance.random())):
            yield at


def _one(chance: random.Random, at: datetime) -> list[Record]:
    weights = [often for often, _ in ENDINGS]
    if datetime.now(UTC) - at < BAD_MINUTES:
        weights[0] = 80
    _, how = chance.choices(ENDINGS, weights)[0]
    model = chance.choices(list(MODELS), list(MODELS.values()))[0]
    question = chance.choice(QUESTIONS)
    opened = said(
        [{"role": "user", "content": question}],
        created_at=at,
        question=question,
        model=model,
        address=chance.choice(CALLERS),
        user_id=chance.choice(PEOPLE),
        streamed=True,
    )
    first = int(chance.lognormvariate(6.5, 0.35))
    fields: dict[str, Any] = {"answered_model": model, "tries": 1, **how}
    if how["answer"] != "none":
        wrote = first + int(chance.lognormvariate(8.6, 0.5))
        fields |= {"first_event_ms": first - 60, "first_sign_ms": first - 60}
        fields |= {"first_word_ms": first}
        fields |= {"duration_ms": wrote, "events": wrote // 40}
    if how["ending"] == "completed":
        fields |= _spent(model, chance.randrange(40, 2_400), chance.randrange(60, 900))
    return [opened, closing(opened, **fields)]


def _spent(model: str, prompt: int, words: int) -> dict[str, Any]:
    cached = TokenDetails(cached_tokens=prompt // 3)
    usage = Usage(prompt, words, cached)
    return {
        "prompt_tokens": prompt,
        "cached_tokens": prompt // 3,
        "completion_tokens": words,
        "reasoning_tokens": words // 4,
        "cost_usd": cost(model, usage),
    }


def _shown(at: datetime) -> Record:
    question = QUESTIONS[4]
    messages = [SYSTEM, {"role": "user", "content": question}]
    opened = said(
        messages, ANSWER, THOUGHTS,
        id="req_1a20445f37debc89c9390757fd9", created_at=at, question=question,
        model="glm-4.6", address=CALLERS[0], user_id="user-4711", streamed=True,
        user_agent="Mozilla/5.0 (X11; Linux x86_64) Chrome/148",
        parameters={"temperature": 0.7, "max_tokens": 2048},
    )  # fmt: skip
    return closing(
        opened, **WHOLE, answered_model="glm-4.6", tries=1, first_event_ms=640,
        first_sign_ms=640, first_word_ms=2310, duration_ms=9120, events=232,
        upstream_id="20261126170816a1b2c3d4", **_spent("glm-4.6", 311, 412),
    )  # fmt: skip


def store_open() -> None:
    """Store those that are being answered."""
    now = datetime.now(UTC)
    for number, pid in enumerate((4121, 977), start=1):
        Process.objects.create(
            id=f"process-{number}", host=f"chat-{number}", pid=pid,
            started_at=now - timedelta(hours=9), renewed_at=now,
        )  # fmt: skip
    ages = [361, 131, 64, 40, 24, 21]
    for index, seconds in enumerate(ages):
        store().write(
            [
                record(
                    created_at=now - timedelta(seconds=seconds),
                    question=QUESTIONS[index], model=list(MODELS)[index % 4],
                    answered_model=list(MODELS)[index % 4], streamed=True,
                    address=CALLERS[index % 4], user_id=PEOPLE[index % 4],
                    process=f"process-{1 + index % 2}", events=seconds * 7,
                    first_event_ms=700,
                )
            ]
        )  # fmt: skip
