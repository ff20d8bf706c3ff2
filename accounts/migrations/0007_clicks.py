"""Clicks that have been acted upon, which the application role writes once; the SQL and its reverse lie in sql/."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_rights'),
    ]

    operations = [
        migrations.CreateModel(
            name='Click',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='clicks', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'key'), name='click_acted_upon_once')],
            },
        ),
        migrations.RunSQL(
            (SQL / "clicks_kept.sql").read_text(encoding="utf-8"), (SQL / "clicks_kept_reverse.sql").read_text(encoding="utf-8")
        ),
    ]
