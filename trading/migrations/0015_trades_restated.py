"""A trade may be brought to what its matches are now, and only to that; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("trading", "0014_trade_exceptions"), ("ledger", "0001_money")]
    operations = [
        migrations.RunSQL(
            (SQL / "trades_restated.sql").read_text(encoding="utf-8"), (SQL / "trades_restated_reverse.sql").read_text(encoding="utf-8")
        )
    ]
