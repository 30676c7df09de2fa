from django.contrib import admin
from django.urls import include, path

handler500 = "chat.admin.away.error_page"
urlpatterns = [
    path("admin/", include("chat.admin.site")),
    path("admin/", admin.site.urls),
    path("", include("chat.urls")),
]
