"""Accounts and groups of the admin, with the permissions that mean something."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from chat.admin.permissions import offered

PERMISSIONS = ("permissions", "user_permissions")


class _OffersFew:
    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any
    ) -> Any:
        field = super().formfield_for_manytomany(  # type: ignore[misc]
            db_field, request=request, **kwargs
        )
        if field is not None and db_field.name in PERMISSIONS:
            field.queryset = offered()
        return field


admin.site.unregister([Group, User])


@admin.register(Group)
class OurGroupAdmin(_OffersFew, GroupAdmin):
    pass


@admin.register(User)
class OurUserAdmin(_OffersFew, UserAdmin):  # type: ignore[type-arg]
    pass
