"""Operators are made by the owner of the tables alone, and what has been migrated is written by it alone; the SQL lies in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_no_shadows")]
    operations = [
        migrations.RunSQL(
            (SQL / "operators.sql").read_text(encoding="utf-8"),
            (SQL / "operators_reverse.sql").read_text(encoding="utf-8"),
        )
    ]
