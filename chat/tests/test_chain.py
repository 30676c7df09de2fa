"""The API has its own chain of middleware: nobody in it who would step aside."""

import sys

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import re_path

from chat.web import routes
from chat.web.chain import ApiChain
from chat.web.handler import Handler
from chat.web.middleware import AdminOnly


class Noting(AdminOnly):
    made = 0

    def __init__(self, get_response: object) -> None:
        super().__init__(get_response)  # type: ignore[arg-type]
        type(self).made += 1

    def process_request(self, request: HttpRequest) -> None:
        pass


def test_who_steps_aside_stands_in_the_chain_of_the_admin_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Noting, "made", 0)
    name = f"{__name__}.Noting"
    with override_settings(MIDDLEWARE=[name]):
        ApiChain()
        assert Noting.made == 0
        Handler()
    assert Noting.made == 1


def test_a_path_is_looked_for_once() -> None:
    found = routes.find("/api/chat")
    assert found is not None
    assert routes.find("/api/chat") is found


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [re_path("^api/chat$", view)]


def test_other_routes_are_not_taken_for_ours() -> None:
    assert routes.find("/api/chat")
    with override_settings(ROOT_URLCONF=sys.modules[__name__]):
        found = routes.find("/api/chat")
        assert found is not None
        assert found.func is view
        assert routes.find("/health") is None
