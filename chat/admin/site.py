"""The admin's own pages, found before those that it makes of models."""

from django.conf import settings
from django.contrib import admin
from django.urls import path

from chat.admin.callers.view import caller, callers
from chat.admin.conversations.view import conversation
from chat.admin.gate import open_lane
from chat.admin.now import now, now_rows, stop
from chat.admin.overview.view import overview

admin.site.site_header = "Z.AI chat"
admin.site.site_title = "Z.AI chat"
# Django puts the prefix before "/" that the service may be mounted under.
admin.site.site_url = None if settings.CHAT_PAGE == "off" else "/"

urlpatterns = [
    path("", admin.site.admin_view(overview), name="overview"),
    path("callers/", admin.site.admin_view(callers), name="callers"),
    path("callers/<str:kind>/", admin.site.admin_view(caller), name="caller"),
    path(
        "conversations/<str:identity>/",
        admin.site.admin_view(conversation),
        name="conversation",
    ),
    path("now/", admin.site.admin_view(now), name="now"),
    path("now/rows/", admin.site.admin_view(now_rows), name="now_rows"),
    path(
        "now/gate/<int:account>/<str:model>/open/",
        admin.site.admin_view(open_lane),
        name="open_lane",
    ),
    path("now/<str:identity>/stop/", admin.site.admin_view(stop), name="stop"),
]
