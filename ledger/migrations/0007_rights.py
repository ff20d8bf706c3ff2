"""The application role may do with money what its code does; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_deepest_falls")]
    operations = [
        migrations.RunSQL((SQL / "rights.sql").read_text(encoding="utf-8"), (SQL / "rights_reverse.sql").read_text(encoding="utf-8"))
    ]
