from django.db import migrations, models

from chat.migrations._beside_writers import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers in a transaction

    dependencies = [
        ("chat", "0017_finished_alone"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="requestlog",
            index=models.Index(
                models.Func(
                    models.F("answer"),
                    output_field=models.IntegerField(),
                    template="CASE WHEN %(expressions)s IN"
                    " ('cut_off', 'empty', 'filtered') THEN 1 END",
                ),
                models.F("created_at").desc(),
                name="log_partly",
                condition=models.Q(answer__lt="none"),
            ),
        ),
        AddIndexBesideWriters(
            model_name="requestlog",
            index=models.Index(
                models.Func(
                    models.F("ending"),
                    output_field=models.IntegerField(),
                    template="CASE WHEN %(expressions)s IN"
                    " ('failed', 'interrupted', 'upstream_failed',"
                    " 'upstream_rejected', 'upstream_timeout') THEN 1 END",
                ),
                models.F("created_at").desc(),
                name="log_failing",
                # By the alphabet these, and few others.
                condition=models.Q(ending__gt="completed"),
            ),
        ),
    ]
