"""An order is born asking or refused, with nothing filled; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("trading", "0009_rights")]
    operations = [
        migrations.RunSQL((SQL / "births.sql").read_text(encoding="utf-8"), (SQL / "births_reverse.sql").read_text(encoding="utf-8"))
    ]
