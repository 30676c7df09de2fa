"""References to what was answered before, which the log has."""

from typing import Any

import pytest
from django.db import connections

from chat.requestlog import recall
from chat.tests.access.locked import client_with_key, lock, wait_until_known
from chat.tests.access.test_tokens import PEM, Team
from chat.tests.openai_responses.asking import WEATHER, Asking, asking, said, text_of
from chat.tests.serving import service_for

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = said("What is the weather in Paris?")


def refer(*items: dict[str, Any]) -> list[dict[str, str]]:
    return [{"type": "item_reference", "id": item["id"]} for item in items]


@pytest.mark.parametrize("stream", [False, True])
def test_words_and_calls_are_taken_from_the_log(post: Asking, stream: bool) -> None:
    asked: dict[str, Any] = {"tools": [WEATHER]}
    if stream:
        answer = post.stream([QUESTION], **asked)[-1]["response"]
    else:
        answer = post([QUESTION], **asked).json()
    kinds = [item["type"] for item in answer["output"]]
    assert kinds[0] == "reasoning" and kinds[-1] == "function_call"
    output = {
        "type": "function_call_output",
        "call_id": answer["output"][-1]["call_id"],
        "output": "It rains.",
    }
    referred = [QUESTION, *refer(*answer["output"]), output]
    told = [QUESTION, *answer["output"], output]

    assert text_of(post(referred, **asked).json()).endswith("It rains.")
    echo = said("sim:echo")
    assert (
        post.echo([*referred, echo])["messages"] == post.echo([*told, echo])["messages"]
    )


def test_thoughts_that_are_referred_to_are_passed_over(post: Asking) -> None:
    thoughts = [{"type": "item_reference", "id": "rs_of_somebody_else"}]
    assert post.echo([*thoughts, said("sim:echo")])["messages"] == [said("sim:echo")]


@pytest.mark.parametrize("how", ["the request", "the settings", "the log is off"])
def test_where_no_text_is_kept_the_way_out_is_named(
    post: Asking, settings: Any, how: str
) -> None:
    settings.CHAT_STORE_TEXT = how != "the settings"
    settings.CHAT_REQUEST_LOG = how != "the log is off"
    answer = post(store=how != "the request").json()

    refused = post([said("Hello"), *refer(*answer["output"]), said("And?")])
    error = refused.json()["error"]
    assert (refused.status_code, error["param"]) == (400, "input[2].id")
    assert "store: false" in error["message"]


@pytest.mark.parametrize(
    "item_id", ["msg_1", "msg_" + "0" * 27 + "_0", "fc_" + "0" * 27 + "_0", "x" * 5000]
)
def test_what_nobody_has_said_is_refused(post: Asking, item_id: str) -> None:
    refused = post([said("Hello"), {"type": "item_reference", "id": item_id}])
    assert refused.status_code == 400
    assert item_id not in refused.text


def test_a_call_that_there_was_none_of_is_refused(post: Asking) -> None:
    message = post().json()["output"][-1]["id"]
    reference = {"type": "item_reference", "id": message.replace("msg_", "fc_")}
    assert post([said("Hello"), reference]).status_code == 400


def test_nobody_gets_what_another_client_was_answered(
    zai: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(settings, monkeypatch)
    keys = [client_with_key(name)[1] for name in ("Shop", "Bank")]
    with service_for() as service:
        for key in keys:
            wait_until_known(key)
        mine, theirs = (asking(service, Authorization=f"Bearer {key}") for key in keys)
        _refer_to_each_others(mine, theirs)


def test_nobody_gets_what_another_user_was_answered(
    zai: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(settings, monkeypatch)
    client, key = client_with_key(public_keys=PEM)
    with service_for() as service:
        wait_until_known(key)
        tokens = [Team(client).token(sub=name) for name in ("ann-ann", "bob-bob")]
        mine, theirs = (asking(service, Authorization=f"Bearer {t}") for t in tokens)
        _refer_to_each_others(mine, theirs)


def _refer_to_each_others(mine: Asking, theirs: Asking) -> None:
    answer = mine([said("Hello")]).json()
    again = [said("Hello"), *refer(*answer["output"]), said("And?")]
    assert mine(again).status_code == 200
    assert theirs(again).status_code == 400
    # Nor does who says that it is the other, or asks by one that is nearly the same.
    assert theirs(again, user="ann-ann").status_code == 400
    for item in answer["output"]:
        head, _, tail = item["id"].partition("_")
        near = f"{head}_{tail[:12]}{'10'[tail[12] == '1']}{tail[13:]}"
        guessed = [said("Hello"), {"type": "item_reference", "id": near}]
        if head != "rs":  # thoughts are passed over, whosever they are
            assert theirs(guessed).status_code == 400


def test_an_answer_is_waited_for_until_it_is_stored(
    post: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, look = [], recall._find

    def late(*asked: Any) -> Any:
        found.append(asked)
        return look(*asked) if len(found) > 2 else {}

    answer = post().json()
    monkeypatch.setattr(recall, "_find", late)
    asked = [said("Hello"), *refer(*answer["output"]), said("And?")]
    assert post(asked).status_code == 200
    assert len(found) == 3


def test_a_log_that_is_away_is_told_apart_from_an_answer_that_is_not_there(
    post: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = post().json()
    monkeypatch.setitem(connections["default"].settings_dict, "NAME", "/no/where")
    monkeypatch.setitem(connections.settings["default"], "NAME", "/no/where")
    refused = post([said("Hello"), *refer(*answer["output"])])
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "answers_unknown"
    assert "retry-after" in refused.headers
