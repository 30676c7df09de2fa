from typing import Any

from django.db import DatabaseError, migrations, models, transaction

WORDS = "chat_answerwords"
TABLES = {
    "postgresql": (
        f"CREATE TABLE {WORDS} (request_id varchar(40) PRIMARY KEY,"
        " created_at timestamptz NOT NULL, words tsvector NOT NULL)",
        f"CREATE INDEX answer_words ON {WORDS} USING gin (words)",
        f"CREATE INDEX answer_times ON {WORDS} (created_at DESC)",
    ),
    "sqlite": (f"CREATE VIRTUAL TABLE {WORDS} USING fts5(words, request_id UNINDEXED)",),
}


def create_words(apps: Any, schema_editor: Any) -> None:
    """For the words of answers: empty, and no model's. It stays so as long as nobody
    wants them (ADMIN_SEARCH_ANSWERS)."""
    connection = schema_editor.connection
    try:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            for statement in TABLES.get(connection.vendor, ()):
                cursor.execute(statement)
    except DatabaseError:
        if connection.vendor != "sqlite":
            raise
        # It was built without FTS5: there is no such search then.


def drop_words(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(f"DROP TABLE IF EXISTS {WORDS}")


# Nothing is written to the rows that are there: null says that it was not noted.
class Migration(migrations.Migration):

    dependencies = [
        ("chat", "0008_requests_of_a_client"),
    ]

    operations = [
        migrations.AddField(
            model_name="requestlog",
            name="attempts",
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name="requestlog",
            name="waited_ms",
            field=models.IntegerField(null=True, verbose_name="in the queue"),
        ),
        migrations.AddField(
            model_name="requestlog",
            name="first_sign_ms",
            field=models.IntegerField(
                null=True, verbose_name="time to first sign of life"
            ),
        ),
        migrations.AlterField(
            model_name="timingtally",
            name="measure",
            field=models.CharField(
                choices=[
                    ("first_word", "first sign of life"),
                    ("answer_word", "first word"),
                    ("duration", "Duration"),
                ],
                max_length=12,
            ),
        ),
        migrations.RunPython(create_words, drop_words, elidable=False),
        # Other words, and nothing in the database.
        migrations.AlterField(
            model_name="requestlog",
            name="ending",
            field=models.CharField(
                choices=[
                    ("completed", "completed"),
                    ("client_disconnected", "caller left"),
                    ("stopped", "stopped"),
                    ("refused", "refused by us"),
                    ("upstream_rejected", "rejected by Z.AI"),
                    ("upstream_failed", "Z.AI failed"),
                    ("upstream_timeout", "Z.AI too slow"),
                    ("interrupted", "interrupted"),
                    ("failed", "fault of ours"),
                ],
                max_length=20,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="requestlog",
            name="answer",
            field=models.CharField(
                choices=[
                    ("whole", "whole"),
                    ("cut_off", "cut off"),
                    ("empty", "without a word"),
                    ("filtered", "filtered"),
                    ("broken_off", "broke off"),
                    ("none", "none"),
                ],
                max_length=12,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="requestlog",
            name="whose",
            field=models.CharField(
                choices=[
                    ("caller", "the caller’s request"),
                    ("account", "your account"),
                    ("zai", "Z.AI"),
                    ("service", "this service"),
                ],
                max_length=12,
                null=True,
            ),
        ),
    ]
