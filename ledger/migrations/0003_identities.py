"""Wallets and markets stay whose and what they are; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guards")]
    operations = [
        migrations.RunSQL(
            (SQL / "identities.sql").read_text(encoding="utf-8"),
            (SQL / "identities_reverse.sql").read_text(encoding="utf-8"),
        )
    ]
