"""Which path reaches which view; each with and without a trailing slash."""

import re

from django.urls import re_path

from chat import answer_views, views
from chat.openapi import views as openapi
from chat.page.view import favicon, page, token
from chat.protocols.astray import ROOTS
from chat.protocols.dialects import DOORS
from chat.web import health
from chat.web.metrics import metrics

urlpatterns = [
    re_path(r"^$", page, name="page"),
    re_path(r"^page/token/?$", token, name="page-token"),
    re_path(r"^favicon\.ico$", favicon),
    *(re_path(rf"^{door.path[1:]}/?$", views.conversation(door)) for door in DOORS),
    re_path(r"^api/chat/(?P<id>[^/]+)/stream/?$", answer_views.resume),
    re_path(r"^api/chat/(?P<id>[^/]+)/events/?$", answer_views.go_on),
    re_path(r"^api/chat/(?P<id>[^/]+)/stop/?$", answer_views.stop),
    re_path(r"^v1/models/?$", views.models),
    re_path(r"^v1/models/(?P<id>[^/]+)/?$", views.model),
    re_path(r"^api/openapi\.json/?$", openapi.description, name="openapi"),
    re_path(r"^api/docs/?$", openapi.page, name="docs"),
    re_path(r"^health/?$", health.health),
    re_path(r"^health/live/?$", health.live),
    re_path(r"^health/ready/?$", health.ready),
    re_path(r"^metrics/?$", metrics),
    re_path(r"^(?:api|v1|health)(?:/|$)", views.not_found),
    re_path(rf"^(?:{'|'.join(map(re.escape, ROOTS))})(?:/|(?<=.)$)", views.not_found),
]
