"""The journal is append-only and its entries are whole; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_money")]
    operations = [
        migrations.RunSQL(
            (SQL / "guards.sql").read_text(encoding="utf-8"), (SQL / "guards_reverse.sql").read_text(encoding="utf-8")
        )
    ]
