"""Histories of orders only grow and trips are only reset; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("trading", "0003_backfill")]
    operations = [
        migrations.RunSQL(
            (SQL / "histories.sql").read_text(encoding="utf-8"),
            (SQL / "histories_reverse.sql").read_text(encoding="utf-8"),
        )
    ]
