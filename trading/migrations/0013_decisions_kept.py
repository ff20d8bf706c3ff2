"""Decisions may be deleted after 90 days, younger ones and those of replays by nobody; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("trading", "0012_numbers")]
    operations = [
        migrations.RunSQL(
            (SQL / "decisions_kept.sql").read_text(encoding="utf-8"), (SQL / "decisions_kept_reverse.sql").read_text(encoding="utf-8")
        )
    ]
