"""A trade whose matches make none any more may be taken back, beside its exception; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("trading", "0017_runs_kept")]
    operations = [
        migrations.RunSQL(
            (SQL / "trades_follow.sql").read_text(encoding="utf-8"), (SQL / "trades_follow_reverse.sql").read_text(encoding="utf-8")
        )
    ]
