from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", include("chat.admin.site")),
    path("admin/", admin.site.urls),
    path("", include("chat.urls")),
]
