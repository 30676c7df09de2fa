"""What became of a request is told in one colour and one word, wherever it is told."""

from typing import Any

import pytest

from chat.admin.request.sentence import sentence
from chat.admin.verdict import Kind, verdict_of
from chat.ending import FINISHED, Ending, Extent, Whose
from chat.models import RequestLog
from chat.tests import rows


def row(**fields: Any) -> RequestLog:
    return RequestLog(**rows.values(**fields))


FAILED = {"finish_reason": None, "answer": "none", "error_code": None}
REJECTED = {**FAILED, "ending": "upstream_rejected", "status": 429}


@pytest.mark.parametrize(
    ("fields", "kind", "words"),
    [
        ({"answer": "whole"}, "completed", "completed"),
        ({"answer": "cut_off", "finish_reason": "length"}, "partly", "cut off"),
        ({"answer": "filtered"}, "partly", "filtered"),
        (
            {"answer": "empty", "reasoning_tokens": 50},
            "partly",
            "nothing but thoughts",
        ),
        (
            {"answer": "empty", "reasoning_tokens": 0, "first_sign_ms": None},
            "partly",
            "without a word",
        ),
        (
            {"ending": "client_disconnected", "answer": "broken_off"},
            "left",
            "caller left",
        ),
        ({"ending": "stopped", "answer": "broken_off"}, "left", "stopped"),
        (
            {"ending": "upstream_failed", "answer": "broken_off", "whose": "zai"},
            "zai",
            "broke off",
        ),
        (
            {"ending": "upstream_failed", "answer": "none", "whose": "zai"},
            "zai",
            "Z.AI failed",
        ),
        (
            {"ending": "upstream_timeout", "answer": "broken_off", "whose": "zai"},
            "zai",
            "fell silent",
        ),
        ({**REJECTED, "whose": "account"}, "account", "rejected by Z.AI"),
        ({**REJECTED, "whose": "zai"}, "zai", "rejected by Z.AI"),
        ({**REJECTED, "whose": "caller"}, "caller", "rejected by Z.AI"),
        ({**FAILED, "ending": "refused", "whose": "caller"}, "caller", "refused by us"),
        (
            {**FAILED, "ending": "refused", "whose": "service"},
            "service",
            "refused by us",
        ),
        ({"ending": "failed", "whose": "service"}, "service", "fault of ours"),
        ({"ending": None}, "open", "open"),
    ],
    ids=str,
)
def test_its_colour_and_its_word(fields: dict[str, Any], kind: str, words: str) -> None:
    found = verdict_of(row(**fields))
    assert (found.kind, found.words) == (kind, words)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"finish_reason": "stop"}, "completed"),
        ({"finish_reason": "length"}, "partly"),
        ({"finish_reason": "sensitive"}, "partly"),
        ({"finish_reason": "length", "reasoning_tokens": 50}, "partly"),
        ({"ending": "upstream_failed"}, "zai"),
        ({"ending": "upstream_timeout"}, "zai"),
        ({"ending": "upstream_rejected", "error_code": "1302"}, "account"),
        ({"ending": "upstream_rejected", "error_code": "1305"}, "zai"),
        ({"ending": "upstream_rejected", "error_code": "1210"}, "caller"),
        ({"ending": "upstream_rejected", "error_code": "http_401"}, "account"),
        ({"ending": "refused", "error_code": "invalid_request"}, "caller"),
        ({"ending": "refused", "error_code": "at_capacity"}, "service"),
        ({"ending": "refused", "error_code": "not_configured"}, "account"),
        ({"ending": "interrupted"}, "service"),
        ({"ending": "stopped", "whose": "service"}, "left"),
    ],
    ids=str,
)
def test_a_row_of_an_older_version_is_told_as_far_as_it_can(
    fields: dict[str, Any], kind: str
) -> None:
    assert (
        verdict_of(row(answer=None, whose=fields.pop("whose", None), **fields)).kind
        == kind
    )


def test_what_was_finished_and_is_not_whole_is_never_green() -> None:
    for answer in set(Extent) - {Extent.WHOLE, Extent.NONE, Extent.BROKEN_OFF}:
        assert verdict_of(row(answer=answer)).kind is Kind.PARTLY


def test_every_failure_says_what_to_do() -> None:
    quiet = {*FINISHED, Ending.CLIENT_DISCONNECTED, Ending.STOPPED}
    for ending in set(Ending) - quiet:
        for whose in Whose:
            failed = row(**{**FAILED, "ending": ending, "whose": whose})
            assert sentence(failed, verdict_of(failed)), (ending, whose)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"answer": "whole"}, ""),
        ({"answer": "cut_off"}, "max_tokens (2048)"),
        (
            {"answer": "cut_off", "finish_reason": "model_context_window_exceeded"},
            "fewer messages",
        ),
        ({"answer": "empty", "reasoning_tokens": 9}, "reasoning_effort"),
        ({"answer": "filtered"}, "put otherwise"),
        (
            {"ending": "upstream_failed", "answer": "broken_off", "whose": "zai"},
            "the beginning of the answer",
        ),
        ({**REJECTED, "whose": "account", "error_code": "1113"}, "no balance"),
        ({**REJECTED, "whose": "account", "error_code": "1302"}, "requests at a time"),
        ({"ending": "client_disconnected"}, ""),
    ],
    ids=str,
)
def test_a_sentence_has_the_way_out(fields: dict[str, Any], words: str) -> None:
    found = row(**fields)
    said = sentence(found, verdict_of(found))
    assert words in said and bool(words) == bool(said)
