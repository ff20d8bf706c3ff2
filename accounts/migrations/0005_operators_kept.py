"""The application's role cannot delete an operator; the SQL lies in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_operators")]
    operations = [
        migrations.RunSQL(
            (SQL / "operators_kept.sql").read_text(encoding="utf-8"),
            (SQL / "operators_kept_reverse.sql").read_text(encoding="utf-8"),
        )
    ]
