"""The application role may do with orders, counters and the breaker what its code does; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("trading", "0008_kept")]
    operations = [
        migrations.RunSQL((SQL / "rights.sql").read_text(encoding="utf-8"), (SQL / "rights_reverse.sql").read_text(encoding="utf-8"))
    ]
