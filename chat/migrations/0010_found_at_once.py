from django.db import migrations, models

from chat.migrations._beside_writers import (
    AddIndexBesideWriters,
    RemoveIndexBesideWriters,
)


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers in a transaction

    dependencies = [
        ("chat", "0009_attempts"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="requestlog",
            index=models.Index(
                fields=["answer", "-created_at"],
                name="log_answer",
                # By the alphabet those that are not whole, and there are.
                condition=models.Q(answer__lt="none"),
            ),
        ),
        AddIndexBesideWriters(
            model_name="requestlog",
            index=models.Index(
                fields=["whose", "-created_at"],
                name="log_whose",
                condition=models.Q(whose__isnull=False),
            ),
        ),
        AddIndexBesideWriters(
            model_name="requestlog",
            index=models.Index(
                fields=["error_code", "-created_at"],
                name="log_code",
                condition=models.Q(error_code__isnull=False),
            ),
        ),
        # PostgreSQL finds a beginning by an index of this kind alone.
        AddIndexBesideWriters(
            model_name="requestlog",
            index=models.Index(
                fields=["upstream_id"],
                name="log_upstream_id",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
        RemoveIndexBesideWriters(model_name="requestlog", name="log_upstream"),
    ]
