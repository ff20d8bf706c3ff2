"""What an order may become, held by the database; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("trading", "0001_market_data_orders_and_records"), ("accounts", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            (SQL / "guards.sql").read_text(encoding="utf-8"),
            (SQL / "guards_reverse.sql").read_text(encoding="utf-8"),
        )
    ]
