from typing import Any

from django.db import migrations, models


class AddIndexBesideWriters(migrations.AddIndex):
    """Makes an index while rows are written, where the database can: PostgreSQL."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            concurrently = schema_editor.connection.vendor == "postgresql"
            further = {"concurrently": True} if concurrently else {}
            schema_editor.add_index(model, self.index, **further)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            concurrently = schema_editor.connection.vendor == "postgresql"
            further = {"concurrently": True} if concurrently else {}
            schema_editor.remove_index(model, self.index, **further)


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers in a transaction

    dependencies = [
        ("chat", "0007_access"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="requestlog",
            index=models.Index(
                condition=models.Q(("client__isnull", False)),
                fields=["client", "-created_at"],
                name="log_client",
            ),
        ),
    ]
