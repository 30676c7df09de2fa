"""Which path reaches which view; each with and without a trailing slash."""

from django.urls import re_path

from chat import health, views

urlpatterns = [
    re_path(r"^api/chat/?$", views.chat),
    re_path(r"^v1/chat/completions/?$", views.chat_completions),
    re_path(r"^v1/models/?$", views.models),
    re_path(r"^v1/models/[^/]+/?$", views.model),
    re_path(r"^health/?$", health.health),
    re_path(r"^health/live/?$", health.live),
    re_path(r"^health/ready/?$", health.ready),
    re_path(r"^(?:api|v1|health)/", views.not_found),
]
