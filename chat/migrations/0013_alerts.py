from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0011_who'),
    ]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('condition', models.CharField(max_length=40)),
                ('title', models.CharField(max_length=100)),
                ('said', models.CharField(max_length=500)),
                ('began_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('begin_told_at', models.DateTimeField(null=True)),
                ('end_told_at', models.DateTimeField(null=True)),
                ('next_try_at', models.DateTimeField()),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('problem', models.CharField(default='', max_length=200)),
                ('given_up', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['-began_at'],
                'indexes': [models.Index(fields=['ended_at'], name='alert_ended')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('key',), name='one_alert_at_a_time')],
            },
        ),
    ]
