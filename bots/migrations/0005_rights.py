"""The application role may do with bots and halts what its code does; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("bots", "0004_careful_and_running")]
    operations = [
        migrations.RunSQL((SQL / "rights.sql").read_text(encoding="utf-8"), (SQL / "rights_reverse.sql").read_text(encoding="utf-8"))
    ]
