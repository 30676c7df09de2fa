from typing import Any

from django.contrib.auth.management import create_permissions
from django.db import migrations

FIGURES = {"view_requestlog", "view_client"}
READER = FIGURES | {"view_requesttext"}
OPERATOR = READER | {
    "stop_requestlog",
    "delete_requestlog",
    "add_client",
    "change_client",
    "view_logentry",
}
GROUPS = {"figures": FIGURES, "reader": READER, "operator": OPERATOR}
# Who could do the one could do the other until now.
WENT_WITH = {
    "view_requestlog": "view_requesttext",
    "change_requestlog": "stop_requestlog",
}


def make_groups(apps: Any, schema_editor: Any) -> None:
    """Once: what an operator makes of them afterwards stays so."""
    alias = schema_editor.connection.alias
    permissions = _permissions(apps, alias)
    for before, now in WENT_WITH.items():
        for holder in (permissions[before].group_set, permissions[before].user_set):
            for one in holder.all():
                _of(one).add(permissions[now])
    for name, codenames in GROUPS.items():
        group, is_new = (
            apps.get_model("auth", "Group")
            .objects.using(alias)
            .get_or_create(name=name)
        )
        if is_new:
            group.permissions.set([permissions[one] for one in codenames])


def _permissions(apps: Any, alias: str) -> dict[str, Any]:
    """Those of the apps concerned; Django makes them after the last migration only."""
    for label in ("chat", "admin"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, using=alias, verbosity=0)
        config.models_module = None
    found = apps.get_model("auth", "Permission").objects.using(alias)
    found = found.filter(content_type__app_label__in=["chat", "admin"])
    return {one.codename: one for one in found}


def _of(holder: Any) -> Any:
    is_user = hasattr(holder, "user_permissions")
    return holder.user_permissions if is_user else holder.permissions


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0013_alerts"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="requestlog",
            options={
                "ordering": ["-created_at", "-id"],
                "permissions": [("stop_requestlog", "Can stop request")],
                "verbose_name": "request",
            },
        ),
        migrations.RunPython(make_groups, migrations.RunPython.noop),
    ]
