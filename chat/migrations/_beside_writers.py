"""Indexes that are made while rows are written, where the database can: PostgreSQL.

A migration that has them is not atomic: no transaction may be around it.
"""

from typing import Any

from django.db import migrations


class AddIndexBesideWriters(migrations.AddIndex):
    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.add_index(model, self.index, **_further(schema_editor))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.remove_index(model, self.index, **_further(schema_editor))


class RemoveIndexBesideWriters(migrations.RemoveIndex):
    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            state = from_state.models[app_label, self.model_name_lower]
            index = state.get_index_by_name(self.name)
            schema_editor.remove_index(model, index, **_further(schema_editor))


def _further(schema_editor: Any) -> dict[str, bool]:
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    return {"concurrently": True} if is_postgresql else {}
