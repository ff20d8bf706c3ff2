"""Forget the table of clicks: what a click makes (an order, a journal entry, a bot) carries its key itself, and is made once by it."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_numbers")]
    operations = [
        # On the way back: the table first, then who may do what with it.
        migrations.RunSQL(migrations.RunSQL.noop, (SQL / "clicks_kept.sql").read_text(encoding="utf-8")),
        migrations.DeleteModel(name="Click"),
    ]
