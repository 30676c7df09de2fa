"""No key in what is told."""

from typing import Any

import pytest

from chat.keys import conceal, hide, redact

KEY = "0123456789abcdef0123456789abcdef.SecretSecret1234"


def test_neither_key_nor_address_reaches_the_caller(settings: Any) -> None:
    settings.ZAI_API_KEY = "short.key"
    other = "a" * 32 + "." + "b" * 16
    zais = f"short.key at https://api.z.ai/x?y=1 Bearer abc {other}"
    assert conceal(zais) == "[key] at [link] [key] [key]"


def test_the_names_of_fields_are_no_keys() -> None:
    sentence = "messages.content.type: parameters.temperature is illegal"
    assert conceal(sentence) == sentence


def test_of_a_long_text_the_beginning_counts(settings: Any) -> None:
    settings.ZAI_API_KEY = KEY
    # The key lies across the place where it is cut.
    assert "Secret" not in conceal("a b " * 16_383 + KEY + " and more" * 1_000_000)
    assert len(conceal("a b " * 1_000_000)) == 64 * 1024


@pytest.mark.parametrize(
    "text",
    [
        "Bearer x.y",
        "bearer\tx.y",
        "Authorization: BEARER  x.y",
        "{'Authorization': 'Bearer x.y'}",
        '{"a": "\\nBearer\\nx.y"}',
        'Bearer "x.y"',
    ],
)
def test_a_bearer_is_taken_out(text: str) -> None:
    assert "x.y" not in redact(text)
    assert "x.y" not in conceal(text)


def test_the_secret_half_is_taken_out(settings: Any) -> None:
    settings.ZAI_API_KEY = KEY
    assert hide(f"{KEY} SecretSecret1234") == "[redacted] [redacted]"
