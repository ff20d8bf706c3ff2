"""Nobody can put a temporary table in front of a real one; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            (SQL / "no_shadows.sql").read_text(encoding="utf-8"),
            (SQL / "no_shadows_reverse.sql").read_text(encoding="utf-8"),
        )
    ]
