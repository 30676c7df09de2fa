"""The filters beside the list of clients."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest
from django.utils import timezone

from chat.access.states import State, in_state
from chat.admin.clients.columns import Clients


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"
    template = "admin/chat/requestlog/filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in State]

    def queryset(self, request: HttpRequest, queryset: Clients) -> Clients:
        if not (value := self.value()):
            return queryset
        try:
            state = State(value)
        except ValueError as error:
            raise IncorrectLookupParameters(str(error)) from error
        return queryset.filter(in_state(state, timezone.now()))
